from __future__ import annotations

import struct
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlp import encoder, linear
from nlp.corpora import Example
from nlp.linear import Pair
from nlp.public_sets import sentences
from nlp.tags import TAGS
from nlp.tasks import HEADS, Task
from nlp.tokens import FIRST, LAST, LONGEST, WINDOW, read, read_words
from nlp.training import e5, pieces

WIDTH, INNER, LAYERS = 32, 64, 2
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁nước", "▁đục", "▁", "n", "ư", "ớ", "c", "▁sạch", "ngon"]


def _four_bits(array: np.ndarray) -> tuple[bytes, np.ndarray]:
    """A tensor as blocks of 32, and what it reads as."""
    blocks = array.reshape(-1, 32)
    scale = (np.abs(blocks).max(axis=1) / 7).astype(np.float16)
    nibbles = np.clip(np.rint(blocks / scale[:, None].astype(np.float32)), -8, 7).astype(np.int8)
    coded = (nibbles + 8).astype(np.uint8)
    packed = b"".join(
        one.tobytes() + (row[:16] | row[16:] << 4).astype(np.uint8).tobytes()
        for one, row in zip(scale, coded, strict=True)
    )
    return packed, (nibbles * scale[:, None].astype(np.float32)).reshape(array.shape)


def _checkpoint(path: Path) -> dict[str, np.ndarray]:
    """Write a tiny E5S1 file with random weights; its tensors."""
    chance = np.random.default_rng(0)
    shapes: dict[str, tuple[int, ...]] = {
        "emb.word": (len(PIECES), WIDTH),
        "emb.pos": (512, WIDTH),
        "emb.type": (2 * WIDTH,),
        "emb.ln.w": (WIDTH,),
        "emb.ln.b": (WIDTH,),
    }
    for layer in range(LAYERS):
        square, norm = ("q", "k", "v", "ao"), ("aln", "oln")
        shapes |= {f"l{layer}.{name}.w": (WIDTH, WIDTH) for name in square}
        shapes |= {f"l{layer}.{name}.b": (WIDTH,) for name in (*square, "fo")}
        shapes |= {f"l{layer}.{name}.{part}": (WIDTH,) for name in norm for part in "wb"}
        shapes |= {
            f"l{layer}.fi.w": (INNER, WIDTH),
            f"l{layer}.fi.b": (INNER,),
            f"l{layer}.fo.w": (WIDTH, INNER),
        }
    head = b"E5S1" + bytes(4) + struct.pack("<7ifi", WIDTH, LAYERS, 4, INNER, len(PIECES), 512, 2, 1e-12, 4)
    blob = b"".join(piece.encode() for piece in PIECES)
    ends = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)]).astype("<u4")
    scores = np.array([0, 0, 0, 0, -5, -6, -2, -4, -4, -4, -4, -7, -8], "<f4")
    words = struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob)) + ends.tobytes() + scores.tobytes() + blob
    start = head + words + struct.pack("<iI", 0, 0) + struct.pack("<i", len(shapes))
    offset = len(start) + sum(2 + len(name) + 21 for name in shapes)
    table, body, truth = b"", b"", {}
    for name, shape in shapes.items():
        array = chance.normal(0, 0.3, shape).astype(np.float32)
        four = name == "emb.word" or (name.startswith("l") and name.endswith(".w") and "ln" not in name)
        data, truth[name] = _four_bits(array) if four else (array.tobytes(), array)
        table += struct.pack("<H", len(name)) + name.encode()
        table += struct.pack("<BIQQ", int(four), array.size, offset + len(body), len(data))
        body += data
    path.write_bytes(start + table + body)
    return truth


@pytest.fixture
def tiny(tmp_path: Path) -> e5.E5:
    _checkpoint(tmp_path / "e5.bin")
    return e5.read(tmp_path / "e5.bin")


def test_the_weights_come_out_of_their_file_as_they_went_in(tmp_path: Path) -> None:
    truth = _checkpoint(tmp_path / "e5.bin")
    found = e5.read(tmp_path / "e5.bin")
    assert (found.layers, found.heads, found.width, found.inner) == (LAYERS, 4, WIDTH, INNER)
    assert [piece.decode() for piece in found.pieces] == PIECES
    for name, array in truth.items():
        assert np.array_equal(found.tensors[name], array), name


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match="no E5S1 file"):
        e5.read(tmp_path / "x")


def test_pruning_keeps_the_marks_every_letter_and_the_most_used_words(tiny: e5.E5) -> None:
    tokenizer, kept = pieces.prune(tiny, ["nước đục", "nước n ư ớ c"], 10)
    assert list(kept) == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10]
    assert tokenizer.encode("nước", add_special_tokens=False).tokens == ["▁nước"]


def test_a_text_is_cut_and_a_title_stands_before_it(tiny: e5.E5) -> None:
    tokenizer = pieces.whole(tiny)
    assert read(tokenizer, "", "nước đục") == [FIRST, 4, 5, LAST]
    assert read(tokenizer, "đục", "nước") == [FIRST, 5, LAST, 4, LAST]
    long = read(tokenizer, "đục " * 500, "nước " * 500)
    assert len(long) == 3 + WINDOW.title + WINDOW.text


def test_each_word_of_a_sentence_has_a_place_until_the_window_is_full(tiny: e5.E5) -> None:
    tokenizer = pieces.whole(tiny)
    ids, starts = read_words(tokenizer, ["nước", "cn", "đục"])
    assert [ids[start] for start in starts[::2]] == [4, 5]
    assert read_words(tokenizer, ["nước"] * 999).starts == list(range(1, LONGEST - 1))


def test_words_of_several_syllables_are_spread(tmp_path: Path) -> None:
    file = tmp_path / "x.conll"
    file.write_text(
        "Công_ty\tN\tB-NP\tB-ORG\nBạch_Đằng\tNNP\tI-NP\tI-ORG\nxây\tV\tO\tO\n\n\n<title>\nHoa_Kỳ\tNNP\tO\tB-MISC\n"
    )
    first, second = sentences(file)
    assert first.words == ("Công", "ty", "Bạch", "Đằng", "xây")
    assert first.tags == ("B-ORG", "I-ORG", "I-ORG", "I-ORG", "O")
    assert second.tags == ("O", "O")


def _task() -> Task:
    examples = [
        Example("đục", "nước đục", {"sentiment": "neg", "toxic": "false"}, "news"),
        Example("", "nước sạch ngon", {"sentiment": "pos", "toxic": "false"}, "news"),
    ]
    return Task("comments", examples * 8, examples, (16, 16))


def test_an_epoch_is_the_same_every_time_and_holds_every_example(tiny: e5.E5) -> None:
    batches = import_module("nlp.training.batches")
    tokenizer = pieces.whole(tiny)
    first, again = (batches.epoch([_task()], tokenizer, 0) for _ in range(2))
    assert [batch.ids.tolist() for batch in first] == [batch.ids.tolist() for batch in again]
    assert sum(len(batch.ids) for batch in first) == 16


def test_a_second_cycle_reads_as_many_as_it_should(tiny: e5.E5) -> None:
    batches = import_module("nlp.training.batches")
    task = _task()._replace(epochs=(16, 5))
    sizes = [
        sum(len(batch.ids) for batch in batches.epoch([task], pieces.whole(tiny), 1, cycle))
        for cycle in (0, 1)
    ]
    assert sizes == [16, 5]


def test_the_rate_rises_and_falls_in_each_cycle() -> None:
    _, training = _training()
    learn = training("learn")
    schedule = learn.Schedule((learn.Cycle(4, 1e-4), learn.Cycle(1, 5e-5)), warm_up=0.1)
    assert schedule.epochs() == [(0, 0), (1, 0), (2, 0), (3, 0), (4, 1)]
    rates = [schedule.rate(step, (100, 50)) for step in range(151)]
    assert rates[10] == max(rates) == 1e-4
    assert rates[105] == max(rates[100:]) == 5e-5
    assert rates[0] == rates[100] == rates[150] == 0
    assert rates[99] < 1e-6


def _training() -> tuple[Any, Callable[[str], Any]]:
    """PyTorch and a way to the modules that need it; without the `train` extra the test is skipped."""
    torch = pytest.importorskip("torch", reason="needs requirements/train.txt")
    return torch, lambda name: import_module(f"nlp.training.{name}")


def _network(tiny: e5.E5) -> Any:
    network = import_module("nlp.training.network")
    return network.Network(network.Encoder(tiny, np.arange(len(PIECES))), HEADS, 7)


def test_the_exported_graph_says_what_the_network_says(tiny: e5.E5) -> None:
    torch, training = _training()
    export = training("export")
    torch.manual_seed(0)
    network = _network(tiny).eval()
    torch.nn.init.normal_(network.queries.weight)
    arrays = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    biases = {head: np.zeros(len(labels), np.float32) for head, labels in HEADS.items()}
    biases["sentiment"] = np.array([1, 0, -1], np.float32)
    graph = export.export(arrays, export.Shape(LAYERS, 4, tiny.epsilon), biases)
    tokenizer = pieces.whole(tiny)
    facts = {"heads": HEADS, "shares": {}, "follows": np.zeros((len(TAGS) + 1, len(TAGS))), "card": {}}
    model = encoder.opened(graph, tokenizer.to_str(), facts, linear.Model({}, {}))
    text = read(tokenizer, "nước", "nước đục sạch")
    (found,) = model.read([Pair("nước", "nước đục sạch")], HEADS)
    (output,) = model.run([text])
    ids = torch.tensor([text])
    with torch.no_grad():
        true = network(ids, torch.ones_like(ids, dtype=torch.bool))
    for head, scores in true.scores.items():
        expected = (scores[0] + torch.from_numpy(biases[head])).softmax(dim=0).numpy()
        assert np.allclose(found.probabilities[head], expected, atol=0.03), head
    assert np.allclose(output.tags, true.tags[0].numpy(), atol=0.15)
    assert float(found.vector @ true.vectors[0].numpy()) > 0.995


def test_a_broken_off_training_goes_on_where_it_stopped(tiny: e5.E5, tmp_path: Path) -> None:
    torch, training = _training()
    learn = training("learn")
    tokenizer, schedule = pieces.whole(tiny), learn.Schedule((learn.Cycle(2, 1e-4), learn.Cycle(1, 1e-4)))

    def trained(checkpoint: Path) -> dict[str, object]:
        torch.manual_seed(0)
        return learn.learn(_network(tiny), [_task()], tokenizer, checkpoint, schedule).state_dict()

    whole = trained(tmp_path / "whole.pt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learn, "_SAVE_EVERY", 1)
        patch.setattr(
            learn.Schedule, "rate", _stops_after(learn.Schedule.rate, 6)
        )  # two groups: at first, and at each step
        with pytest.raises(KeyboardInterrupt):
            trained(tmp_path / "parts.pt")
    with pytest.raises(learn.CheckpointError, match="remove it"):
        learn.learn(_network(tiny), [_task()], tokenizer, tmp_path / "parts.pt", learn.Schedule())
    again = trained(tmp_path / "parts.pt")
    assert all(torch.allclose(whole[name], again[name]) for name in whole)


def _stops_after(rate: Callable[..., float], calls: int) -> Callable[..., float]:
    """Stands for a machine that is switched off."""
    left = [calls]

    def stopping(*args: object) -> float:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return rate(*args)

    return stopping
