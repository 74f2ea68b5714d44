"use strict";
// Charts from the data blocks of a page, the watermark, and forms that send themselves. Nothing is fetched from elsewhere.
(() => {
  const money = (value) => {
    const size = Math.abs(value);
    const zh = document.documentElement.lang.startsWith("zh");
    const round = (x) => Number(x.toPrecision(4)).toLocaleString();
    if (zh) return size >= 1e8 ? round(value / 1e8) + "亿" : size >= 1e4 ? round(value / 1e4) + "万" : round(value);
    return size >= 1e9 ? round(value / 1e9) + "bn" : size >= 1e6 ? round(value / 1e6) + "m" : round(value);
  };
  const percent = (value) => Number((value * 100).toPrecision(4)) + "%";
  const formats = { money, percent };
  // An option may name a format: {"formatter": "@money"}; functions cannot travel as data.
  const filled = (node) => {
    if (Array.isArray(node)) return node.map(filled);
    if (node && typeof node === "object") {
      return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, filled(value)]));
    }
    if (typeof node === "string" && node.startsWith("@") && formats[node.slice(1)]) {
      const format = formats[node.slice(1)];
      return (value) => format(typeof value === "object" && value !== null ? (value.value ?? value) : value);
    }
    return node;
  };
  const draw = (place) => {
    const block = document.getElementById(place.dataset.chart);
    if (!block || typeof echarts === "undefined" || place.dataset.drawn) return;
    const data = JSON.parse(block.textContent);
    if (data.map) echarts.registerMap(data.map.name, data.map.outline);
    const chart = echarts.init(place, null, { renderer: "canvas", locale: document.documentElement.lang.startsWith("zh") ? "ZH" : "EN" });
    const option = filled(data.option || data);
    // Tooltips as text on the canvas: the page's content policy allows no styles made on the fly.
    option.tooltip = Object.assign({ confine: true }, option.tooltip, { renderMode: "richText" });
    option.animation = false;
    option.textStyle = Object.assign({ fontFamily: getComputedStyle(document.body).fontFamily }, option.textStyle);
    chart.setOption(option);
    chart.on("click", (event) => { if (event.data && event.data.to) location.assign(event.data.to); });
    place.dataset.drawn = "1";
    new ResizeObserver(() => chart.resize()).observe(place);
  };
  const drawAll = (root) => root.querySelectorAll("[data-chart]").forEach(draw);
  const mark = () => {
    const text = document.body.dataset.watermark;
    if (!text) return;
    const canvas = document.createElement("canvas");
    canvas.width = 420; canvas.height = 240;
    const pen = canvas.getContext("2d");
    pen.rotate(-0.35); pen.font = "15px sans-serif"; pen.fillText(text, -40, 190);
    const cover = document.createElement("div");
    cover.className = "kejin-mark";
    cover.setAttribute("aria-hidden", "true");
    cover.style.backgroundImage = "url(" + canvas.toDataURL() + ")";
    document.body.append(cover);
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-send-on-change]") && event.target.form.reportValidity()) event.target.form.requestSubmit();
  });
  // A form is sent once: a second click does nothing until the answer is there.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent && !form.hasAttribute("hx-post")) { event.preventDefault(); return; }
    const question = form.dataset.confirm;
    if (question && !window.confirm(question)) { event.preventDefault(); return; }
    form.dataset.sent = "1";
  });
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-to]");
    if (row && !event.target.closest("a, button, input, label")) location.assign(row.dataset.to);
  });
  document.addEventListener("htmx:after:swap", (event) => drawAll(event.target instanceof Element ? event.target : document));

  drawAll(document);
  mark();
})();
