// Lays the photo, and the map as a tint, under every map. The slider shows the photo at 0, both
// at 50 and the map at 100. Without this script the page shows the maps as they are.
"use strict";

function addLayer(map, source, name) {
  const layer = document.createElement("img");
  layer.src = source;
  layer.alt = "";
  layer.className = name;
  map.before(layer);
}

for (const section of document.querySelectorAll(".photo")) {
  const photo = section.querySelector(".input img");
  if (!photo) continue;
  for (const map of section.querySelectorAll(".heat")) {
    addLayer(map, photo.src, "under");
    addLayer(map, map.src, "tint");
  }
  // A ring at the same place in the photo and in all of its maps.
  section.addEventListener("pointermove", (event) => {
    const stack = event.target.closest(".stack");
    section.classList.toggle("pointing", stack !== null);
    if (!stack) return;
    const box = stack.getBoundingClientRect();
    section.style.setProperty("--x", (event.clientX - box.left) / box.width);
    section.style.setProperty("--y", (event.clientY - box.top) / box.height);
  });
  section.addEventListener("pointerleave", () => section.classList.remove("pointing"));
}

const blend = document.getElementById("blend");
function showBlend() {
  const place = Number(blend.value) / 50;
  const root = document.documentElement.style;
  root.setProperty("--tint", Math.min(place, 1));
  root.setProperty("--map", Math.max(place - 1, 0));
}
blend.addEventListener("input", showBlend);
blend.closest("label").hidden = false;
showBlend();
