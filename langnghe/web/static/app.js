// The pages work without this: it opens the filters beside the results and lets "/" reach the search box.
"use strict";
const filters = document.querySelector(".facets");
if (filters) {
  const wide = window.matchMedia("(min-width: 900px)");
  const follow = () => { filters.open = wide.matches; };
  follow();
  wide.addEventListener("change", follow);
}
document.addEventListener("keydown", (event) => {
  const box = document.querySelector("input[type=search]");
  if (event.key === "/" && box && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
    event.preventDefault();
    box.focus();
  }
});
