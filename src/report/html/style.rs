//! The page's style.

/// One style sheet for screen, phone and paper. Colours are pairs that keep a contrast of at least 4.5 to 1.
pub(super) const CSS: &str = "
:root{--paper:#fff;--ink:#1c2024;--soft:#5b6570;--line:#d9dee3;--wash:#f4f6f8;--good:#0b6b3a;--bad:#b3202c;--warn:#8a5a00;--link:#1f5fae;--mark:#e8f0fb}
@media(prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e6e9ec;--soft:#a0abb6;--line:#343b42;--wash:#1d2226;--good:#5fd39a;--bad:#ff8d8d;--warn:#f0c060;--link:#8ab8f5;--mark:#22303f}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;overflow-wrap:break-word}
header{padding:1.6rem max(1rem,calc((100vw - 72rem)/2 + 1rem));border-bottom:4px solid var(--good);background:var(--wash)}
header.bad{border-color:var(--bad)}
header h1{margin:0;font-size:1.5rem;line-height:1.25;color:var(--good)}
header.bad h1{color:var(--bad)}
header p{margin:.4rem 0 0;font-size:1.05rem}
header h2{margin:.8rem 0 0;font-size:1rem}
header ul,header ol{margin:.5rem 0 0;padding-left:1.2rem}
header h2,header p,header ul,header ol{color:var(--ink)}
nav{display:flex;flex-wrap:wrap;gap:.2rem 1rem;padding:.6rem max(1rem,calc((100vw - 72rem)/2 + 1rem));border-bottom:1px solid var(--line);font-size:.9rem}
a{color:var(--link)}
nav a{text-decoration:none}
main{max-width:72rem;margin:0 auto;padding:0 1rem}
h2{margin:2rem 0 .6rem;font-size:1.2rem}
h3{margin:1.2rem 0 .4rem;font-size:1rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{padding:.3rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--soft);white-space:nowrap}
td code,dd code{overflow-wrap:anywhere}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.name{white-space:nowrap;font-weight:600}
tr.wrong td{background:color-mix(in srgb,var(--bad) 9%,transparent)}
code,pre{font:.85em/1.45 ui-monospace,'SF Mono',Menlo,Consolas,monospace}
code{background:var(--wash);padding:.05em .3em;border-radius:3px}
pre{margin:.3rem 0;padding:.6rem .8rem;background:var(--wash);border:1px solid var(--line);border-radius:4px;overflow-x:auto}
pre.line{padding:.25rem .6rem;border-left:3px solid var(--line);border-width:0 0 0 3px;white-space:pre-wrap}
.number,.origin,.soft{color:var(--soft)}
.origin{font-size:.85rem;overflow-wrap:anywhere}
.shut td,.cells td{overflow-wrap:anywhere}.schema td:nth-child(1){overflow-wrap:normal}.schema th:nth-child(3){min-width:13rem}.shut th:nth-child(1){width:19%}.shut th:nth-child(2){width:7rem}.shut th:nth-child(3),.shut th:nth-child(4){width:23%}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.good{color:var(--good)}.bad-text{color:var(--bad)}.warn{color:var(--warn)}
.tag{display:inline-block;padding:0 .45em;border:1px solid currentColor;border-radius:9px;font-size:.8rem;white-space:nowrap}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr));gap:.6rem;margin:.6rem 0}
.card{padding:.6rem .8rem;border:1px solid var(--line);border-radius:6px;background:var(--wash)}
.card b{display:block;font-size:1.3rem;line-height:1.3;font-variant-numeric:tabular-nums}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:.6rem 0}
dt{color:var(--soft)}dd{margin:0}
details{margin:.5rem 0}summary{cursor:pointer}
.filters{display:flex;flex-wrap:wrap;gap:.3rem .9rem;margin:.5rem 0;font-size:.9rem}
.loss{margin:.5rem 0;padding:.4rem .8rem;border-left:4px solid var(--line)}
.loss.dropped{border-color:var(--bad)}.loss.lossy{border-color:var(--warn)}
.bar{height:.7rem;background:var(--link);border-radius:2px;min-width:2px}
svg{max-width:none;display:block}
svg text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:var(--ink)}
svg .soft{fill:var(--soft)}
svg .edge{fill:none;stroke:var(--soft);stroke-width:1.3}
svg .tip{fill:var(--soft)}svg .dot{fill:var(--link)}svg .head{fill:var(--good)}svg .base{fill:var(--warn)}
svg .box{fill:var(--wash);stroke:var(--line)}svg .title{fill:var(--mark);stroke:var(--line)}svg .title-text{font-weight:700}
footer{max-width:72rem;margin:2rem auto;padding:1rem;color:var(--soft);font-size:.85rem;border-top:1px solid var(--line)}
.shut table{table-layout:fixed}
.shut:has(#objects-changed:checked) :is(tr.equal,tr.by-rule){display:none}
.shut:has(#objects-equal:checked) tbody tr:not(.equal),.shut:has(#objects-by-rule:checked) tbody tr:not(.by-rule),.shut:has(#objects-weaker:checked) tbody tr:not(.weaker),.shut:has(#objects-lost:checked) tbody tr:not(.lost),.shut:has(#objects-extra:checked) tbody tr:not(.extra),.shut:has(#objects-differs:checked) tbody tr:not(.differs){display:none}
@media(max-width:40rem){body{font-size:14px}.scroll table{min-width:38rem}th,td{padding:.25rem .4rem}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}.shut thead,.cells thead{display:none}.shut table,.cells table{min-width:0}:is(.shut,.cells) :is(table,tbody,tr,td){display:block}:is(.shut,.cells) tr{padding:.4rem 0;border-bottom:1px solid var(--line)}:is(.shut,.cells) td{padding:.1rem 0;border:0}:is(.shut,.cells) td:empty{display:none}td.expected:not(:empty)::before{content:'expected ';color:var(--soft)}td.found:not(:empty)::before{content:'found ';color:var(--soft)}td.source::before{content:'source ';color:var(--soft)}td.target::before{content:'target ';color:var(--soft)}td.pg:not(:empty)::before{content:'PostgreSQL ';color:var(--soft)}td.lite:not(:empty)::before{content:'SQLite ';color:var(--soft)}}
@media print{nav,.filters{display:none}body{font-size:10pt}header{padding:0 0 .5rem;background:none}main{max-width:none;padding:0}.scroll{overflow:visible}section{break-inside:auto}tr,.loss,.card{break-inside:avoid}pre{white-space:pre-wrap}}";
