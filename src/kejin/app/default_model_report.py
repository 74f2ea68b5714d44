"""The model card and validation report of a default model: one view, as a page that opens offline or as a PDF."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from kejin import __version__
from kejin.app.default_model_plots import bars_plot, calibration_plot, roc_plot
from kejin.app.default_model_words import WORDS
from kejin.app.page_files import TEMPLATES, template_of
from kejin.errors import InputError, Lang, UseError

if TYPE_CHECKING:
    from kejin.credit.registered_model import RegisteredModel
    from kejin.credit.scorecard import Scorecard

_SHOWN = 15


def write_model_report(
    model: RegisteredModel,
    scorecard: Scorecard,
    validation: Mapping[str, Any],
    path: Path,
    lang: Lang,
    as_of: date | None = None,
) -> None:
    """Write the report as .html (one file, nothing is fetched) or .pdf.

    Raises app.report_suffix, app.file_not_written.
    """
    if path.suffix not in (".html", ".pdf"):
        raise UseError("app.report_suffix", path=path)
    view = report_view(model, scorecard, validation, lang, as_of or model.validated_on or model.fitted_as_of)
    if path.suffix == ".pdf":
        from kejin.app.write_pdf import write_pdf

        write_pdf(TEMPLATES / "default_model.typ", view, path, lang)
        return
    for part in view["sections"]:
        part["picture64"] = base64.b64encode(part["picture"].encode()).decode()
    style = Markup((TEMPLATES / "page.css").read_text("utf-8"))  # noqa: S704 — our own file
    text = template_of("default_model.html").render(**view, lang=lang, style=style)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(path.name + ".part")
        beside.write_text(text, "utf-8")
        beside.replace(path)
    except OSError as error:
        raise InputError("app.file_not_written", path=path, said=error.strerror or str(error)) from error


def report_view(
    model: RegisteredModel, scorecard: Scorecard, validation: Mapping[str, Any], lang: Lang, as_of: date
) -> dict[str, Any]:
    """Everything the report shows, as text that is ready to be read."""
    t = WORDS[lang]
    own = validation["scorecard"]
    origin = scorecard.provenance
    tiles = [
        _tile("AUC", _area(own.get("auc")), t["delong"]),
        _tile("KS", _number(own.get("ks", {}).get("value")), t["bootstrap"]),
        _tile(t["slope"], _line(own.get("line")), t["slope_note"]),
        _tile(t["rate"], f"{own['rate']:.2%}", f"{t['mean']} {own['probability_mean']:.2%}"),
        _tile("PSI", f"{validation['score_stability']['index']:.3f}", t["psi_note"]),
    ]
    sections = [
        _card(model, origin, t),
        _compared(validation, t),
        _picture(t["roc"], t["roc_note"], roc_plot(validation["roc"])),
        _calibrated(own, t),
        _parts(t["by_stage"], validation["by_stage"], t),
        _parts(t["by_cluster"], validation["by_cluster"], t),
        _scorecard(scorecard, validation, t, lang),
        _importance(validation, scorecard, t, lang),
        _prudent(validation["prudent"], t),
        _left_out(validation, t),
    ]
    return {
        "brand": t["brand"],
        "title": f"{t['title']} {model.version}",
        "days": [[t["as_of"], str(model.fitted_as_of)], [t["judged"], str(origin.get("judging_day", "-"))]],
        "notices": [notice.part("what", lang) for notice in model.notices(as_of)],
        "tiles": tiles,
        "sections": sections,
        "advice": t["advice"],
        "foot": f"kejin {__version__} · {model.model_hash[:16]} · {t['rules']} {model.rule_edition[:12]}",
    }


def _section(
    title: str, note: str = "", head: Sequence[str] = (), rows: Sequence[Sequence[str]] = ()
) -> dict[str, Any]:
    return {"title": title, "note": note, "head": list(head), "rows": [list(row) for row in rows], "picture": ""}


def _picture(title: str, note: str, picture: str) -> dict[str, Any]:
    return _section(title, note) | {"picture": picture}


def _tile(label: str, value: str, note: str = "") -> dict[str, str]:
    return {"label": label, "value": value, "note": note}


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _area(found: Mapping[str, float] | None) -> str:
    return "-" if not found else f"{found['value']:.3f} ({found['low']:.3f} - {found['high']:.3f})"


def _line(found: Mapping[str, float] | None) -> str:
    return "-" if not found else f"{found['slope']:.2f} ± {1.96 * found['slope_error']:.2f}"


def _card(model: RegisteredModel, origin: Mapping[str, Any], t: Mapping[str, str]) -> dict[str, Any]:
    rows = [
        (t["purpose"], t["purpose_text"]),
        (t["risk_grade"], t.get(f"grade_{model.risk_grade}", model.risk_grade)),
        (t["owner"], model.owner),
        (t["validator"], f"{model.validator or '-'} ({model.validated_on or '-'})"),
        (t["valid_until"], str(model.valid_until or "-")),
        (t["retired_on"], str(model.retired_on or "-")),
        (t["fitting_days"], ", ".join(origin.get("fitting_days", []))),
        (t["rows"], f"{origin.get('rows', 0):,} ({t['defaults']} {origin.get('defaults', 0):,})"),
        (t["reject_inference"], str(origin.get("reject_inference", "none"))),
        (t["data_hash"], model.data_hash[:32]),
        (t["model_hash"], model.model_hash[:32]),
        (t["unverified"], ", ".join(model.unverified) or "-"),
        (t["limits"], t["limits_text"]),
    ]
    return _section(t["card"], "", ("", ""), rows)


def _compared(validation: Mapping[str, Any], t: Mapping[str, str]) -> dict[str, Any]:
    rows = []
    for name in ("scorecard", "challenger", "financial_research_patent", "financial_alone"):
        one = validation.get(name)
        if one is None:
            continue
        test = one.get("hosmer_lemeshow", {})
        rows.append(
            (
                t[name],
                _area(one.get("auc")),
                _number(one.get("ks", {}).get("value")),
                _number(one.get("brier"), 4),
                _line(one.get("line")),
                _number(test.get("p_value"), 4),
            )
        )
    gains = [
        f"{t[name]} {gain['value']:+.3f} ({gain['low']:+.3f} - {gain['high']:+.3f})"
        for name in ("gain_of_research_and_patents", "gain_of_all_over_financial")
        if (gain := validation.get(name))
    ]
    head = ("", "AUC", "KS", "Brier", t["slope"], t["hosmer"])
    return _section(t["compared"], f"{t['hosmer_note']} {'; '.join(gains)}", head, rows)


def _calibrated(own: Mapping[str, Any], t: Mapping[str, str]) -> dict[str, Any]:
    groups = own.get("hosmer_lemeshow", {}).get("groups", [])
    rows = [
        (str(k + 1), f"{n:,}", str(d), f"{e:.1f}", f"{e / n:.2%}", f"{d / n:.2%}") for k, (n, d, e) in enumerate(groups)
    ]
    head = (t["group"], t["rows"], t["defaults"], t["expected"], t["mean"], t["rate"])
    section = _section(t["calibration"], t["calibration_note"], head, rows)
    return section | {"picture": calibration_plot(groups) if groups else ""}


def _parts(title: str, parts: Mapping[str, Any], t: Mapping[str, str]) -> dict[str, Any]:
    rows = []
    for code, one in parts.items():
        bounds = one["rate_jeffreys"]
        rows.append(
            (
                t.get(code, code),
                f"{one['rows']:,}",
                str(one["defaults"]),
                f"{one['rate']:.2%} ({bounds['low']:.2%} - {bounds['high']:.2%})",
                f"{one['probability_mean']:.2%}",
                _area(one.get("auc")),
                _line(one.get("line")),
            )
        )
    head = ("", t["rows"], t["defaults"], t["rate"], t["mean"], "AUC", t["slope"])
    return _section(title, t["parts_note"], head, rows)


def _scorecard(scorecard: Scorecard, validation: Mapping[str, Any], t: Mapping[str, str], lang: Lang) -> dict[str, Any]:
    rows = []
    for feature in scorecard.features:
        for place, points in enumerate(feature.points):
            first = place == 0
            rows.append(
                (
                    feature.label(lang) if first else "",
                    feature.bin_text(place, lang),
                    f"{feature.good[place] + feature.bad[place]:,.0f}",
                    f"{feature.bad[place]:,.0f}",
                    f"{feature.woe[place]:+.3f}",
                    str(points),
                    f"{feature.information_value:.3f}" if first else "",
                    f"{validation['feature_stability'].get(feature.name, 0):.3f}" if first else "",
                )
            )
    head = (t["feature"], t["bin"], t["rows"], t["defaults"], "WOE", t["points"], "IV", "PSI")
    return _section(t["points_table"], t["points_note"], head, rows)


def _importance(
    validation: Mapping[str, Any], scorecard: Scorecard, t: Mapping[str, str], lang: Lang
) -> dict[str, Any]:
    from kejin.credit.default_features import labels_of

    largest = dict(sorted(validation["importance"].items(), key=lambda one: (-one[1], one[0]))[:_SHOWN])
    labels = labels_of(list(largest))
    used = {feature.name for feature in scorecard.features}
    rows = [
        (
            f"{k + 1}. {labels[name].label_zh if lang == 'zh' else labels[name].label_en}",
            f"{value:.3f}",
            t["yes"] if name in used else t["no"],
        )
        for k, (name, value) in enumerate(largest.items())
    ]
    section = _section(t["importance"], t["importance_note"], (t["feature"], "SHAP", t["in_scorecard"]), rows)
    return section | {"picture": bars_plot(largest)}


def _prudent(found: Mapping[str, Any], t: Mapping[str, str]) -> dict[str, Any]:
    levels = list(found["bounds"])
    rows = [
        (
            str(k + 1),
            f"{found['companies'][k]:,}",
            str(found["defaults"][k]),
            f"{found['probability_mean'][k]:.2%}",
            *(f"{found['bounds'][level][k]:.2%}" for level in levels),
        )
        for k in range(len(found["companies"]))
    ]
    head = (t["band"], t["rows"], t["defaults"], t["mean"], *(f"{float(level):.0%}" for level in levels))
    return _section(t["prudent"], t["prudent_note"], head, rows)


def _left_out(validation: Mapping[str, Any], t: Mapping[str, str]) -> dict[str, Any]:
    values = validation["information_value"]
    rows = [
        (name, f"{values.get(name, 0):.3f}", t.get(f"out_{why}", why)) for name, why in validation["left_out"].items()
    ]
    return _section(t["left_out"], "", (t["feature"], "IV", t["why"]), rows)
