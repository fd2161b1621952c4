from datetime import timedelta
from typing import Any

from django import template
from django.http import HttpRequest

from apps.annotations.models import MapUnit

register = template.Library()

HEAT_STEPS = 10
SHORT = {"f1": "F1", "map": "mAP", "auroc": "AUROC", "iou": "IoU", "hd": "Hausdorff", "hd95": "Hausdorff 95"}
NOT_DEFINED = "\u2013"


@register.filter
def score(value: float | None) -> str:
    """Three decimals; a score that is not defined is a dash, not a zero."""
    return NOT_DEFINED if value is None else f"{value:.3f}"


@register.filter
def percent(value: float | None) -> str:
    return NOT_DEFINED if value is None else f"{100 * value:.1f} %"


@register.filter
def pixels(value: float | None) -> str:
    """A distance in pixels with one decimal."""
    return NOT_DEFINED if value is None else f"{value:.1f}"


@register.filter
def figure(value: float | None) -> str:
    """Four digits that matter, without an exponent where people would write none."""
    if value is None:
        return NOT_DEFINED
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


@register.filter
def signed(value: float | None) -> str:
    return NOT_DEFINED if value is None else f"{value:+.2f}".replace("-", "\u2212")


@register.filter
def heat(value: float | None) -> str:
    """The class of one of ten shades for a score between 0 and 1."""
    if value is None:
        return ""
    step = min(max(int(value * HEAT_STEPS), 0), HEAT_STEPS - 1)
    return f"heat-{step}"


@register.filter
def whole(value: int | None) -> str:
    return NOT_DEFINED if value is None else f"{value:,}"


@register.filter
def duration(value: timedelta | float | None) -> str:
    """Seconds below a minute, then minutes, then hours."""
    if value is None:
        return NOT_DEFINED
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


@register.filter
def plain(value: Any) -> str:
    """A value of a result or a specification in words: what a mapping or a list holds, numbers with three decimals."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {plain(part)}" for name, part in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(part) for part in value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)


@register.filter
def said(flag: Any) -> str:
    """A flag as its source wrote it: a sentence, or a mapping that holds one."""
    if isinstance(flag, dict):
        return str(flag.get("message") or ", ".join(f"{key}: {value}" for key, value in flag.items()))
    return str(flag)


@register.filter
def score_title(name: str) -> str:
    """`macro_f1` as people write it."""
    words = [SHORT.get(word, word) for word in name.split("_")]
    return " ".join(words)[:1].upper() + " ".join(words)[1:]


@register.filter
def item(mapping: dict[Any, Any], key: Any) -> Any:
    return mapping.get(key)


@register.simple_tag
def keep(request: HttpRequest, **changes: Any) -> str:
    """The query of this request with some values changed; None leaves one out."""
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.inclusion_tag("pages/_sort.html", takes_context=True)
def sort_heading(context: dict[str, Any], name: str, label: str, css: str = "") -> dict[str, Any]:
    """A column heading that sorts by `name`, and back by `-name`."""
    now = context["sort"]
    request: HttpRequest = context["request"]
    target = f"-{name}" if now == name else name
    direction = {name: "ascending", f"-{name}": "descending"}.get(now, "")
    return {"link": keep(request, sort=target, page=None), "label": label, "direction": direction, "css": css}


@register.inclusion_tag("pages/_unit.html")
def map_unit(unit: MapUnit) -> dict[str, MapUnit]:
    return {"unit": unit}


@register.inclusion_tag("pages/_sort.html", takes_context=True)
def compare_heading(context: dict[str, Any], symbol: str, domain: str) -> dict[str, Any]:
    """The heading of one column of the comparison; the highest come first at the first click."""
    name, now = f"{symbol}:{domain}", context["sort"]
    target = name if now == f"-{name}" else f"-{name}"
    direction = {name: "ascending", f"-{name}": "descending"}.get(now, "")
    css = "num group-start" if domain == "in" else "num"
    label = "In" if domain == "in" else "Cross"
    return {"link": keep(context["request"], sort=target), "label": label, "direction": direction, "css": css}
