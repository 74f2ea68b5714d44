"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.words;
  const font = getComputedStyle(document.body).fontFamily;
  const narrow = window.innerWidth < 560;
  const faint = "#8b98a8", line = "#dfe5ec";
  const colours = ["#14867d", "#1f6fb2", "#c7812b", "#7a5bb0"];
  const plots = [];

  // Text from facts is drawn on the canvas, never read as markup: tooltips are rich text, not HTML.
  const tooltip = (formatter) => ({ renderMode: "richText", confine: true, formatter, textStyle: { fontSize: 12 } });

  function draw(id, option) {
    const place = document.getElementById(id);
    if (!place || typeof echarts === "undefined") return;
    const plot = echarts.init(place, null, { renderer: "canvas" });
    plot.setOption({ animation: false, textStyle: { fontFamily: font }, ...option });
    plots.push(plot);
  }

  const steps = document.documentElement.lang.startsWith("zh") ? [[1e8, "亿"], [1e4, "万"]] : [[1e9, "bn"], [1e6, "M"], [1e3, "k"]];
  const money = (value) => {
    const step = steps.find(([least]) => value >= least);
    return step ? `${value / step[0]}${step[1]}` : `${value}`;
  };
  const rows = [...data.patents].reverse();
  const positive = rows.flatMap((row) => row.slice(1)).filter((value) => value > 0);
  if (positive.length) {
    const least = 10 ** Math.floor(Math.log10(Math.min(...positive)));
    const at = (value) => Math.max(value, least);
    draw("intervals", {
      grid: { left: narrow ? 110 : 150, right: 20, top: 8, bottom: 30 },
      tooltip: tooltip((one) => {
        const [name, ...values] = rows[one.dataIndex];
        return `${name}\n${[words.low, words.middle, words.high].map((word, i) => `${word} ${Math.round(values[i]).toLocaleString()}`).join("\n")}`;
      }),
      xAxis: { type: "log", min: least, axisLabel: { color: faint, formatter: money, hideOverlap: true }, splitLine: { lineStyle: { color: line } } },
      yAxis: { type: "category", data: rows.map((row) => row[0]), axisTick: { show: false }, axisLabel: { fontSize: 10, color: "#17212e" } },
      series: [{
        type: "boxplot", boxWidth: [5, 10], itemStyle: { color: "#cfe2f3", borderColor: colours[1], borderWidth: 1.4 },
        data: rows.map(([, low, middle, high]) => [low, low, middle, high, high].map(at)),
      }],
    });
    draw("methods", {
      grid: { left: 40, right: 12, top: narrow ? 54 : 34, bottom: 18 },
      legend: { top: 0, itemWidth: 12, itemHeight: 10, textStyle: { fontSize: 11, color: "#17212e" } },
      tooltip: tooltip((one) => `${data.patents[one.dataIndex][0]}\n${one.seriesName} ${one.value}%`),
      color: colours,
      xAxis: { type: "category", data: data.patents.map((row) => row[0]), axisLabel: { show: false }, axisTick: { show: false } },
      yAxis: { type: "value", max: 100, axisLabel: { color: faint, formatter: "{value}%" }, splitLine: { lineStyle: { color: line } } },
      series: data.methods.map((one) => ({ type: "bar", stack: "all", name: one.name, barCategoryGap: "12%", data: one.parts })),
    });
  }

  if (data.life.length) {
    draw("life", {
      grid: { left: 44, right: 16, top: 12, bottom: 40 },
      tooltip: tooltip((one) => `${one.value[0]} ${words.years}\n${words.in_force_share} ${(100 * one.value[1]).toFixed(0)}%`),
      xAxis: { type: "value", name: words.years, nameLocation: "middle", nameGap: 24, axisLabel: { color: faint }, splitLine: { show: false } },
      yAxis: { type: "value", min: 0, max: 1, axisLabel: { color: faint, formatter: (value) => `${Math.round(100 * value)}%` }, splitLine: { lineStyle: { color: line } } },
      series: [{ type: "line", symbolSize: 6, data: data.life, lineStyle: { color: colours[0], width: 2 }, itemStyle: { color: colours[0] }, areaStyle: { color: "#d7ece9" } }],
    });
  }

  const known = data.quality.filter((one) => one.mean !== null);
  if (known.length >= 3) {
    draw("quality", {
      tooltip: tooltip(() => known.map((one) => `${one.label} ${(100 * one.mean).toFixed(0)}%`).join("\n")),
      radar: { indicator: known.map((one) => ({ name: one.label, max: 1 })), radius: "66%", axisName: { color: "#17212e", fontSize: 11 }, splitLine: { lineStyle: { color: line } }, splitArea: { show: false }, axisLine: { lineStyle: { color: line } } },
      series: [{ type: "radar", data: [{ value: known.map((one) => one.mean) }], symbolSize: 4, lineStyle: { color: colours[1] }, itemStyle: { color: colours[1] }, areaStyle: { color: "rgba(31,111,178,0.18)" } }],
    });
  }

  let waiting = 0;
  const fit = () => plots.forEach((plot) => plot.resize());
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(fit, 80); });
})();
