"""A diff as one HTML page that needs nothing else: no script, no remote content, every text escaped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jinja2 import Environment

from monitor.diff.report import ChangedClause
from monitor.messages.escape import readable

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ facts.document }}: version {{ facts.before.version }} to {{ facts.after.version }}</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.6 Georgia, serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, .kind { font-family: system-ui, sans-serif; }
table { font-size: .85rem; border-collapse: collapse; margin: 1rem 0; } code { overflow-wrap: anywhere; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-top: 1px solid #8886; }
h1 { font-size: 1.3rem; } h2 { font-size: .95rem; margin: 2rem 0 .4rem; }
.kind { font-size: .75rem; opacity: .7; margin: .8rem 0 0; } p { margin: 0 0 .6rem; }
ins { background: #1a7f3733; text-decoration: underline double; } del { background: #cf222e33; }
@media print { body { max-width: none; margin: 0; font-size: 10pt; } p { break-inside: avoid; } }
</style></head><body>
<h1>{{ facts.document }}</h1>
<p>Version {{ facts.before.version }}
{%- if facts.before.document != facts.document %} of {{ facts.before.document }}{% endif %},
last seen {{ facts.before.observed_until }},
to version {{ facts.after.version }}, first seen {{ facts.after.captured_at }}.</p>
<table>
{% for name, end in [("Before", facts.before), ("After", facts.after)] -%}
<tr><th scope="row">{{ name }}</th><td>{{ end.document }}, version {{ end.version }}, recorded by
{{ "our own checks" if end.origin == "live" else "the archive " ~ end.origin }}<br>
{% if end.url %}{{ end.url | readable }}<br>{% endif %}
seen from {{ end.captured_at }} to {{ end.observed_until }}<br>
<code>SHA-256 of the text: {{ end.sha256 }}</code></td></tr>
{% endfor -%}
</table>
{% for clause in clauses -%}
{% if loop.first or clause.heading != loop.previtem.heading -%}
<h2>{{ clause.heading | join(" › ") | readable or "(no heading)" }}</h2>
{% endif -%}
<p class="kind">{{ clause.kind.value }}</p>
<p>{% for span in clause.spans -%}
{% if span.kind == "insert" %}<ins>{{ span.text | readable }}</ins>
{%- elif span.kind == "delete" %}<del>{{ span.text | readable }}</del>
{%- else %}{{ span.text | readable }}{% endif -%}
{% endfor %}</p>
{% else %}<p>Nothing differs.</p>
{% endfor -%}
</body></html>
"""


def as_page(facts: dict[str, Any], clauses: Sequence[ChangedClause]) -> str:
    """The page; `facts` are those of the JSON form."""
    environment = Environment(autoescape=True)
    environment.filters["readable"] = readable
    return environment.from_string(_PAGE).render(facts=facts, clauses=clauses)
