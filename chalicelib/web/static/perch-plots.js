// Draws a page's plots: each is a Vega-Lite specification in `data-plot`, and has its numbers beside it in a table.
"use strict";
(() => {
  const drawings = new Map();
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const look = (width) => {
    const [ink, soft, line] = ["--ink", "--soft-ink", "--line"].map(style);
    const words = { labelColor: soft, titleColor: soft, labelFontSize: 13, titleFontSize: 13, titleFontWeight: 500, labelLimit: width > 640 ? 260 : 130 };
    return {
      background: style("--paper"),
      font: getComputedStyle(document.body).fontFamily,
      axis: { ...words, gridColor: line, domainColor: line, tickColor: line },
      legend: { ...words, labelColor: ink, columns: width > 640 ? 4 : 2, labelLimit: width > 640 ? 180 : 120 },
      range: { category: style("--series").split(" ") },
      mark: { color: style("--series").split(" ")[0] },
      view: { stroke: null },
    };
  };
  const draw = async (place) => {
    const last = drawings.get(place);
    drawings.set(place, null);
    if (last) last.finalize();
    const options = { renderer: "canvas", ast: true, actions: false, defaultStyle: false, tooltip: false, config: look(place.clientWidth) };
    const drawn = await vegaEmbed(place, JSON.parse(place.dataset.plot), options);
    drawings.set(place, drawn);
    const button = place.closest("figure").querySelector("[data-png]");
    button.hidden = false;
  };
  const drawAll = (within) => {
    for (const place of drawings.keys()) if (!place.isConnected) drawings.delete(place);
    for (const place of within.querySelectorAll("[data-plot]")) draw(place);
  };
  const keep = async (button) => {
    const drawn = drawings.get(button.closest("figure").querySelector("[data-plot]"));
    if (!drawn) return;
    const canvas = await drawn.view.toCanvas(2);
    canvas.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = button.dataset.png;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    });
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-png]");
    if (button) keep(button);
  });
  document.addEventListener("htmx:load", (event) => drawAll(event.target));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
  drawAll(document);
})();
