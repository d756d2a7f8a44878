"""How the page looks: light and dark, wide and narrow, on paper; system fonts, since nothing is loaded."""

CSS = """
:root { --ink: #1c2430; --quiet: #566173; --ground: #f4f6f8; --card: #fff; --edge: #d8dde4; --link: #0a5bb5;
  --ok: #1f8a4c; --attention: #c96a00; --reported: #be1e3c; --soft: #e8f3ec; --softink: #14532d }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ecf2; --quiet: #a3adbb; --ground: #14181f; --card: #1e242d; --edge: #343d4a; --link: #7db8ff;
    --ok: #4cc07f; --attention: #f0a040; --reported: #ff6b85; --soft: #16301f; --softink: #bfe8cd }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", sans-serif }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }
.never { margin: 0 0 1.5rem; padding: .75rem 1rem; border-radius: .5rem; background: var(--soft);
  color: var(--softink); font-weight: 600 }
header { display: flex; gap: 1rem; align-items: center; margin-bottom: 1.5rem }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.2 }
h2 { margin: 2rem 0 .75rem; font-size: 1.2rem }
h3 { margin: 0 0 .5rem; font-size: 1.1rem }
h4 { margin: 1rem 0 .25rem; font-size: 1rem }
p { margin: .25rem 0 }
ol, ul { margin: .25rem 0; padding-left: 1.4rem }
li { margin: .3rem 0; overflow-wrap: anywhere }
.quiet, footer { color: var(--quiet); font-size: .9rem }
article { margin: 0 0 1rem; padding: 1rem 1.1rem; background: var(--card); border: 1px solid var(--edge);
  border-left: .35rem solid var(--attention); border-radius: .5rem }
article.reported { border-left-color: var(--reported) }
details { margin: .9rem 0 .4rem }
summary { cursor: pointer; color: var(--link) }
blockquote { margin: .5rem 0; padding-left: .9rem; border-left: 2px solid var(--edge); color: var(--quiet) }
table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--edge);
  border-radius: .5rem }
th, td { padding: .5rem .75rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--edge) }
tbody tr:last-child td { border-bottom: 0 }
th { color: var(--quiet); font-size: .85rem; font-weight: 600 }
a { color: var(--link) }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
code { padding: .1rem .35rem; border: 1px solid var(--edge); border-radius: .3rem; background: var(--ground);
  font: .9em ui-monospace, "DejaVu Sans Mono", monospace }
footer { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--edge) }
@media print { body { background: #fff } article, table { break-inside: avoid } }
"""
