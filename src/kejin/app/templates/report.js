"use strict";
(() => {
  const page = JSON.parse(document.getElementById("data").textContent);
  const data = page.charts;
  const lineage = window.kejinLineage;
  const words = lineage.words;
  const font = getComputedStyle(document.body).fontFamily;
  const colours = { deep: "#12395b", blue: "#1f6fb2", teal: "#14867d", amber: "#d08a1d", faint: "#8b98a8", line: "#dfe5ec" };
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

  function short(text, letters) {
    return text.length > letters ? text.slice(0, letters - 1) + "…" : text;
  }

  // A Chinese letter is about as wide as two Latin ones.
  function wrapped(text, width) {
    const lines = [""];
    let used = 0;
    (text.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s?/g) || []).forEach((part) => {
      const takes = part.length * (part.charCodeAt(0) > 0x2e7f ? 2 : 1);
      if (used && used + takes > width + 1) { lines.push(""); used = 0; }
      lines[lines.length - 1] += part;
      used += takes;
    });
    return lines.slice(0, 3).join("\n");
  }

  if (data.radar) {
    const narrow = window.innerWidth < 560;
    draw("radar", {
      color: [colours.blue, colours.faint],
      legend: { bottom: 0, data: [document.querySelector("h1").textContent, words.median].map((name) => ({ name })), formatter: (name) => short(name, 22), textStyle: { fontSize: 12 } },
      tooltip: tooltip(() => data.radar.map((one) => `${one.label}  ${one.standing.toFixed(0)}`).join("\n")),
      radar: {
        radius: narrow ? "52%" : "60%", center: ["50%", "46%"], splitNumber: 4,
        indicator: data.radar.map((one) => ({ name: wrapped(one.label, narrow ? 13 : 20), max: 100, min: 0 })),
        axisName: { color: "#5b6b7e", fontSize: narrow ? 10 : 11, lineHeight: 13 }, splitArea: { areaStyle: { color: ["#fff", "#f7f9fb"] } },
        splitLine: { lineStyle: { color: colours.line } }, axisLine: { lineStyle: { color: colours.line } },
      },
      series: [{
        type: "radar", symbolSize: 4,
        data: [
          { name: document.querySelector("h1").textContent, value: data.radar.map((one) => one.standing), areaStyle: { opacity: 0.18 }, lineStyle: { width: 2 } },
          { name: words.median, value: data.radar.map(() => 50), lineStyle: { type: "dashed", width: 1 }, symbol: "none" },
        ],
      }],
    });
  }

  if (data.bars && data.bars.length) {
    const rows = [...data.bars].reverse();
    const narrow = window.innerWidth < 560;
    draw("bars", {
      grid: { left: narrow ? 118 : 210, right: narrow ? 62 : 120, top: 24, bottom: 22 },
      tooltip: { trigger: "item", ...tooltip((at) => `${rows[at.dataIndex].label}\n${rows[at.dataIndex].value}\n${rows[at.dataIndex].standing.toFixed(0)} · ${rows[at.dataIndex].peers_text}`) },
      xAxis: { type: "value", min: 0, max: 100, interval: 25, splitLine: { lineStyle: { color: colours.line } }, axisLabel: { color: colours.faint } },
      yAxis: { type: "category", data: rows.map((one) => one.label), axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: "#17212e", fontSize: narrow ? 10 : 12, lineHeight: 12, formatter: (name) => (narrow ? wrapped(name, 18) : short(name, 30)) } },
      series: [{
        type: "bar", barWidth: 13,
        data: rows.map((one) => ({ value: one.standing, itemStyle: { color: one.group === "patents" ? colours.teal : colours.blue, borderRadius: [0, 3, 3, 0] } })),
        label: { show: true, position: "right", fontSize: 11, color: "#5b6b7e", backgroundColor: "#fff", padding: [0, 2], formatter: (at) => narrow ? `${at.value.toFixed(0)}` : `${at.value.toFixed(0)}  (${rows[at.dataIndex].peers_text})` },
        markLine: { silent: true, symbol: "none", data: [{ xAxis: 50 }], lineStyle: { color: colours.faint, type: "dashed" }, label: { formatter: words.median, fontSize: 11, color: colours.faint } },
      }],
    });
  }

  if (data.trend) {
    const [revenue, rd, intensity] = data.trend.names;
    const shown = (value) => (value === null || value === undefined || Number.isNaN(value) ? "—" : value.toLocaleString());
    draw("trend", {
      color: [colours.blue, colours.teal, colours.amber],
      legend: { bottom: 0, textStyle: { fontSize: 12 } },
      grid: { left: 12, right: 12, top: 34, bottom: 34, containLabel: true },
      tooltip: { trigger: "axis", ...tooltip((rows) => [rows[0].axisValue, ...rows.map((one) => `${one.seriesName}  ${shown(one.value)}${one.seriesIndex === 2 ? "%" : " " + data.trend.unit}`)].join("\n")) },
      xAxis: { type: "category", data: data.trend.years, axisTick: { show: false } },
      yAxis: [
        { type: "value", name: data.trend.unit, nameTextStyle: { color: colours.faint, align: "left" }, splitLine: { lineStyle: { color: colours.line } }, axisLabel: { color: colours.faint } },
        { type: "value", name: "%", min: 0, splitLine: { show: false }, axisLabel: { color: colours.faint } },
      ],
      series: [
        { name: revenue, type: "bar", barMaxWidth: 34, data: data.trend.revenue },
        { name: rd, type: "bar", barMaxWidth: 34, data: data.trend.rd },
        { name: intensity, type: "line", yAxisIndex: 1, data: data.trend.intensity, connectNulls: false, symbolSize: 7, lineStyle: { width: 2 } },
      ],
    });
  }

  // Where a figure comes from is written when a reader asks for it; as text, so that nothing in it can be markup.
  function made(tag, text, name) {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (name) node.className = name;
    return node;
  }

  function valueOf(name) {
    const known = Object.prototype.hasOwnProperty.call(page.values, name);
    return made("b", known ? page.values[name] : words.missing, known ? "" : "gone");
  }

  function entry(list, term, nodes) {
    const description = made("dd");
    nodes.forEach((parts, place) => {
      if (place) description.append(made("br"));
      parts.forEach((part, number) => { if (number) description.append(" "); description.append(part); });
    });
    list.append(made("dt", term), description);
  }

  function cited(place) {
    const cite = lineage.cites[place];
    const parts = [made("span", cite.text), made("span", cite.note, "t"), made("code", cite.rule)];
    if (cite.overridden) parts.splice(2, 0, made("span", words.overridden, "flag"));
    return parts;
  }

  function why(said) {
    const list = made("dl");
    if (said.formula) entry(list, words.formula, [[made("span", said.formula)]]);
    if (said.inputs.length) {
      entry(list, words.inputs, said.inputs.map((name) => {
        const [label, table] = lineage.inputs[name] || [name, ""];
        return [made("span", label), valueOf(name), made("span", table, "t")];
      }));
    }
    if (said.note) entry(list, words.inputs, [[made("span", said.note)]]);
    if (said.cites) entry(list, words.rule, said.cites.length ? said.cites.map(cited) : [[made("span", words.no_rule)]]);
    const place = made("div", undefined, "why");
    place.append(list);
    return place;
  }

  function allInputs() {
    const table = made("table"), head = made("tr"), body = made("tbody"), top = made("thead");
    head.append(made("th", words.input), made("th", words.value, "num"), made("th", words.table));
    top.append(head);
    Object.entries(lineage.inputs).forEach(([name, [label, from]]) => {
      const row = made("tr"), cell = made("td", undefined, "num");
      cell.append(valueOf(name));
      row.append(made("td", label), cell, made("td", from));
      body.append(row);
    });
    table.append(top, body);
    const place = made("div", undefined, "wide");
    place.append(table);
    return place;
  }

  document.addEventListener("toggle", (event) => {
    const one = event.target;
    if (!one.open || one.dataset.filled) return;
    const said = one.dataset.w ? lineage.lines[one.dataset.w] : one.dataset.f ? lineage.figures[one.dataset.f] : null;
    if (said) one.append(why(said));
    else if (one.id === "inputs") one.append(allInputs());
    one.dataset.filled = "yes";
  }, true);

  let waiting = 0;
  const fit = () => plots.forEach((plot) => plot.resize());
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(fit, 80); });

  const toggle = document.getElementById("toggle");
  let opened = false;
  const openWord = toggle.textContent;
  toggle.addEventListener("click", () => {
    opened = !opened;
    document.querySelectorAll("details").forEach((one) => { one.open = opened; });
    toggle.textContent = opened ? toggle.dataset.close : openWord;
  });
  document.getElementById("print").addEventListener("click", () => window.print());
})();
