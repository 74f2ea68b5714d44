"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const place = document.getElementById("picture");
  if (!place || typeof echarts === "undefined" || !data.nodes.length) return;
  // Places that speak of misuse are warm, proper uses cool, what is not known grey.
  const colours = {
    own_account: "#b3322b", related_company: "#c8553d", related_person: "#d1495b", individual: "#e08e79",
    property: "#9c2f5f", securities: "#8c3fa0", wealth: "#a763b8", time_deposit: "#b8772b", margin: "#c9913f",
    other_bank_loan: "#7d4a1e", own_bank_loan: "#9a7b5b", micro_lender: "#5f2a1c", cash: "#d4a017", off_purpose: "#c46210",
    supplier: "#1f6fb2", rd_equipment: "#14867d", payroll: "#4c9f70", tax: "#6b8e9b", payment_platform: "#5b7fb5",
    institution: "#7a86a8", unknown: "#8b98a8",
  };
  const yuan = (fen) => (fen / 100).toLocaleString(undefined, { maximumFractionDigits: 2 });
  const start = "#12395b";
  const nodes = data.nodes.map((node, number) => ({
    name: String(number), depth: node.hop, value: Math.max(node.fen, 1),
    itemStyle: { color: node.hop === 0 ? start : colours[node.place] || "#8b98a8", borderWidth: 0 },
  }));
  const links = data.links.map(([source, target, fen]) => ({
    source: String(source), target: String(target), value: Math.max(fen, 1),
    lineStyle: { color: colours[data.nodes[target].place] || "#8b98a8", opacity: 0.28, curveness: 0.5 },
  }));
  const layers = Math.max(...data.nodes.map((node) => node.hop)) + 1;
  const plot = echarts.init(place, null, { renderer: "canvas" });
  plot.setOption({
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    // Text from facts is drawn on the canvas, never read as markup.
    tooltip: {
      renderMode: "richText", confine: true, textStyle: { fontSize: 12 },
      formatter: (at) => {
        if (at.dataType === "edge") {
          return `${data.nodes[at.data.source].label} → ${data.nodes[at.data.target].label}\n¥ ${yuan(at.data.value)}`;
        }
        const node = data.nodes[Number(at.name)];
        return `${node.label}\n${node.full}\n${data.words.arrived} ¥ ${yuan(node.fen)}\n${data.words.stayed} ¥ ${yuan(node.kept)}`;
      },
    },
    series: [{
      type: "sankey", left: 8, right: layers > 4 ? 110 : 150, top: 10, bottom: 10, nodeWidth: 12, nodeGap: 7, layoutIterations: 24,
      draggable: false, labelLayout: { hideOverlap: true }, emphasis: { focus: "adjacency" }, data: nodes, links,
      label: { fontSize: 11, color: "#17212e", width: 110, overflow: "truncate", formatter: (at) => data.nodes[Number(at.name)].label },
    }],
  });
  window.addEventListener("resize", () => plot.resize());
})();
