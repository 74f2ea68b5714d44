"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.words;
  const font = getComputedStyle(document.body).fontFamily;
  const narrow = window.innerWidth < 560;
  const faint = "#8b98a8", line = "#dfe5ec";
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

  function boxes(id, rows, percent, colour) {
    if (!rows.length) return;
    const shown = (value) => (percent ? `${(100 * value).toFixed(1)}%` : value.toLocaleString(undefined, { maximumFractionDigits: 1 }));
    const listed = [...rows].reverse();
    draw(id, {
      grid: { left: narrow ? 104 : 150, right: 20, top: 8, bottom: 24 },
      tooltip: tooltip((at) => {
        const row = listed[at.dataIndex];
        return `${row.label}\n${words.known_values} ${row.known.toLocaleString()}\n${row.q.map(shown).join(" · ")}`;
      }),
      xAxis: { type: "value", min: 0, axisLabel: { color: faint, formatter: shown, hideOverlap: true }, splitLine: { lineStyle: { color: line } } },
      yAxis: { type: "category", data: listed.map((row) => row.label), axisTick: { show: false }, axisLabel: { fontSize: 11, color: "#17212e", formatter: (name) => short(name, narrow ? 8 : 20) } },
      series: [{
        type: "boxplot", boxWidth: [6, 12], itemStyle: { color: "#eaf2f9", borderColor: colour, borderWidth: 1.3 },
        data: listed.map((row) => (row.q ? row.q : ["-", "-", "-", "-", "-"])),
      }],
    });
  }

  boxes("intensity", data.intensity, true, "#1f6fb2");
  boxes("inventions", data.inventions, false, "#14867d");

  draw("standing", {
    grid: { left: 44, right: 24, top: 20, bottom: 46 },
    tooltip: tooltip((at) => `${at.value[3]}\n${words.research_standing} ${at.value[0]} · ${words.patent_standing} ${at.value[1]}\n${words.titles_count} ${at.value[2]}`),
    visualMap: { min: 0, max: Math.max(1, ...data.standing.map((point) => point[2])), dimension: 2, orient: "horizontal", right: 10, top: 0, itemHeight: 60, itemWidth: 10, text: [words.titles_count, ""], textStyle: { fontSize: 11, color: faint }, inRange: { color: ["#b9cfe3", "#1f6fb2", "#12395b"] }, calculable: false, show: !narrow },
    xAxis: { type: "value", min: 0, max: 100, name: words.research_standing, nameLocation: "middle", nameGap: 26, axisLabel: { color: faint }, splitLine: { lineStyle: { color: line } } },
    yAxis: { type: "value", min: 0, max: 100, name: words.patent_standing, nameLocation: "middle", nameGap: 30, axisLabel: { color: faint }, splitLine: { lineStyle: { color: line } } },
    series: [{
      type: "scatter", symbolSize: narrow ? 5 : 7, itemStyle: { opacity: 0.7 }, data: data.standing,
      markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: faint, type: "dashed" }, data: [{ xAxis: 50 }, { yAxis: 50 }] },
    }],
  });

  let waiting = 0;
  const fit = () => plots.forEach((plot) => plot.resize());
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(fit, 80); });

  const SHOWN = 20;
  const body = document.querySelector("#companies tbody");

  function cell(value, number) {
    const node = document.createElement("td");
    node.textContent = value === null ? words.missing : value;
    node.className = [number ? "num" : "", value === null ? "gone" : ""].join(" ").trim();
    return node;
  }

  function row(one) {
    const node = document.createElement("tr"), first = document.createElement("td"), code = document.createElement("span");
    code.className = "note";
    code.textContent = one[0];
    if (data.page) {
      const link = document.createElement("a");
      link.href = data.page.replace("{company_id}", encodeURIComponent(one[0]));
      link.textContent = one[1];
      first.append(link, " ", code);
    } else first.append(one[1], " ", code);
    node.append(first, cell(one[2]), cell(one[3]), cell(one[4], true), cell(one[5], true), cell(one[6], true));
    return node;
  }

  const find = document.getElementById("find"), found = document.getElementById("found"), note = found.textContent;
  find.addEventListener("input", () => {
    const asked = find.value.trim().toLowerCase();
    const fitting = asked ? data.companies.filter((one) => (one[0] + " " + one[1]).toLowerCase().includes(asked)) : data.companies;
    body.replaceChildren(...fitting.slice(0, SHOWN).map(row));
    found.textContent = asked ? words.found.replace("{n}", Math.min(SHOWN, fitting.length)).replace("{all}", fitting.length) : note;
  });
})();
