// How the explorer looks: light and dark by `color-scheme`, three widths by its own width, forced colours, paper. Lengths
// are pixels: how large the letters of a page are at its root, says nothing of it.
//
// Enters: nothing. Leaves: a style sheet. The colours are those of the pictures (`lang/src/view/palette.rs`).

export const STYLE = `
:host{display:block;container-type:inline-size;margin:.6em 0;color-scheme:inherit;
--card:light-dark(#fff,#16191f);--edge:light-dark(#d4d9e0,#3a414d);--box:light-dark(#eef1f5,#262c36);
--text:light-dark(#1b212b,#e8ecf2);--muted:light-dark(#56606f,#a9b3c1);--lane:light-dark(#77818f,#8a94a3);
--faint:light-dark(#c3cad4,#4b5462);--action:light-dark(#1257a8,#7db7ff);--message:light-dark(#30587f,#9ac4ee);
--resolution:light-dark(#0b6b50,#55cfa5);--reconciler:light-dark(#6b3fa8,#c3a2ff);--fault:light-dark(#a8460b,#ffb07a);
--alarm:light-dark(#fdecea,#451a1d);--broken:light-dark(#a5121d,#ff9d98);--cut:light-dark(#fbf1dc,#362c16);
--wall:light-dark(#9a6a08,#e3b457);--loop:light-dark(#efe9fa,#2b2440);--down:light-dark(#e9eaec,#2a2f38);
--here:light-dark(#dceafd,#1d3350);--new:light-dark(#fff3cd,#4a3c10);--other:light-dark(#6b3fa8,#c3a2ff);
--focus:light-dark(#0b57d0,#8ab4f8)}
:host([data-theme=dark]){color-scheme:dark}:host([data-theme=light]){color-scheme:light}
*{box-sizing:border-box}.explorer{--left:48px}
[hidden]{display:none!important}
.heard{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.explorer{position:relative;background:var(--card);color:var(--text);border:1px solid var(--edge);border-radius:10px;
font:14px/1.45 system-ui,-apple-system,"Segoe UI",sans-serif;text-align:left;overflow:hidden}
code,.label,.change,.heads,input[type=text]{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12.5px}
code{overflow-wrap:anywhere;white-space:pre-wrap}
header{display:flex;flex-wrap:wrap;gap:8px 16px;padding:12.8px 16px 9.6px;align-items:flex-start}
.names{flex:1 1 416px;min-width:0}
.title{margin:0;font-size:17.28px;font-weight:650;overflow-wrap:anywhere}
.subtitle,.note{margin:1.6px 0 0;color:var(--muted);font-size:14.4px;overflow-wrap:anywhere}
.choose{display:flex;flex-wrap:wrap;gap:6.4px 9.6px;align-items:center}
.choose label{display:flex;gap:5.6px;align-items:center;color:var(--muted);font-size:13.6px;min-width:0;white-space:nowrap}
select{max-width:240px}
input::placeholder{color:var(--muted);opacity:1}
button,select,summary.button,input[type=text]{font:inherit;font-size:13.6px;color:var(--text);background:var(--card);
border:1px solid var(--lane);border-radius:6px;padding:4px 9.6px;min-height:30px}
button,summary.button{cursor:pointer;background:var(--box)}
button:hover:not(:disabled),summary.button:hover{border-color:var(--text)}
button:disabled{opacity:.5;cursor:default}
button[aria-pressed=true]{background:var(--here);border-color:var(--action)}
:focus-visible{outline:3px solid var(--focus);outline-offset:1px}
.list:focus-visible{outline:none}.list:focus-visible .row[aria-selected=true]{outline:3px solid var(--focus);outline-offset:-3px}
.menu{position:relative}.menu summary{list-style:none}.menu summary::-webkit-details-marker{display:none}
.menu summary::after{content:" ▾"}
.menu>div{position:absolute;right:0;z-index:5;margin-top:4px;display:grid;gap:2px;min-width:208px;padding:6px;background:var(--card);
border:1px solid var(--edge);border-radius:8px;box-shadow:0 6px 20px #0003}
.menu>div button{border-color:transparent;background:none;text-align:left}
.menu>div button:hover{background:var(--box)}
.bar{display:flex;flex-wrap:wrap;gap:8px;align-items:center;padding:7.2px 16px;border-block:1px solid var(--edge);background:var(--box)}
.bar .moves{display:flex;gap:4px}.bar .moves button{min-width:36px;background:var(--card)}
.bar input[type=range]{flex:1 1 160px;min-width:96px;height:30px;accent-color:var(--action);margin:0}
.bar output{font-variant-numeric:tabular-nums;min-width:7.5em;font-size:14.4px}
.body{display:grid;grid-template-columns:minmax(0,1fr)}
.stories{display:grid;grid-template-columns:minmax(0,1fr);min-width:0}
.story{contain:content;overflow:auto;max-height:352px;min-width:0;position:relative}
.stories.two .story+.story{border-top:1px solid var(--edge)}
.stories .of{margin:0;padding:6.4px 16px 0;font-size:13.6px;font-weight:600}
.stories .of i{font-style:normal;color:var(--other)}
.heads{position:sticky;top:0;z-index:2;display:flex;align-items:flex-end;width:max-content;min-width:100%;padding:6px 0 4px var(--left);background:var(--card);
border-bottom:1px solid var(--edge)}
.heads span{flex:none;display:flex;justify-content:center}
.heads b{font-size:11.5px;font-weight:600;padding:1px 6px;border-radius:4px;background:var(--box);white-space:nowrap}
.heads.upright b{writing-mode:vertical-rl;transform:rotate(180deg);padding:6px 1px;max-height:144px;overflow:hidden}
.rows{position:relative;min-width:max(100%,calc(var(--lanes) + var(--left) + 112px))}
.canvas{position:absolute;left:var(--left);top:0;pointer-events:none}
.canvas svg{display:block;overflow:visible}.canvas .arrow{pointer-events:auto;cursor:pointer}.canvas .arrow:hover line{stroke-width:3}
.row{position:relative;display:flex;align-items:flex-start;gap:11.2px;width:100%;min-height:var(--row,30px);padding:calc(var(--row,30px)/2 - 9px) 16px calc(var(--row,30px)/2 - 9px) 0;line-height:18px;cursor:pointer;overflow:hidden}
.words{display:flex;flex:1 1 0;flex-wrap:wrap;min-width:0;gap:0 11.2px;overflow:hidden}
.row:hover{background:color-mix(in srgb,var(--here) 45%,transparent)}
.row[aria-selected=true]{background:var(--here)}
.row.decides{background:var(--alarm)}
.row.decides[aria-selected=true]{background:color-mix(in srgb,var(--here) 50%,var(--alarm));box-shadow:inset 4px 0 var(--broken)}
.row[aria-selected=true]{box-shadow:inset 4px 0 var(--action)}
.row.gap{cursor:default;background:repeating-linear-gradient(135deg,transparent 0 6px,var(--box) 6px 9px)}
.number{flex:none;width:calc(var(--left) - 4px);text-align:right;color:var(--muted);font-size:12.8px;font-variant-numeric:tabular-nums;margin-right:calc(var(--lanes) + 4px)}
.label,.mark{flex:0 1 auto;overflow-wrap:anywhere}
.change{flex:1 1 90px;min-width:0;height:18px;margin-bottom:-18px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;color:var(--muted);font-size:11.5px}
.row.decides{padding-block:1px}.both{display:grid;min-width:0;line-height:14px}.row.decides .number{line-height:28px}.both .label{font-size:11.5px}
.mark{color:var(--broken);font-size:12px}
.good .row.decides{background:light-dark(#e2f3e8,#123524)}.good .row.decides[aria-selected=true]{box-shadow:inset 4px 0 var(--resolution)}
.good .mark,.good .now .decided{color:var(--resolution)}
.sign{flex:none;margin-left:-4.8px;color:var(--other);font-weight:700}
.row.only .label{color:var(--other);font-weight:600}
.quiet,.end{color:var(--muted);margin:4.8px 0}.end{padding:0 16px 6.4px var(--left)}.end b{color:var(--broken)}
.side{padding:11.2px 16px 16px;min-width:0;min-height:var(--held,0);border-top:1px solid var(--edge)}
.side h4,.side .h{margin:14.4px 0 4px;font-size:12.48px;font-weight:650;letter-spacing:.04em;text-transform:uppercase;color:var(--muted)}
.side>.h:first-child{margin-top:0}
.now{margin:0 0 3.2px;font-size:16px}.now code{font-size:13.5px;font-weight:600}
.now .decided{display:block;color:var(--broken);font-weight:650}
.values{margin:3.2px 0;padding-left:16px}.values li{list-style:none}
.table{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;margin:4.8px 0 8px;font-size:14.4px}
caption{text-align:left;color:var(--muted);font-size:12.8px}
th,td{text-align:left;vertical-align:top;padding:3.2px 11.2px 3.2px 6.4px;border-bottom:1px solid var(--edge);font-weight:400}
thead th,tbody th{color:var(--muted);font-size:13.12px}thead th{font-weight:600;color:var(--text)}
td code{max-width:352px;display:inline-block}
td.changed{background:var(--new);box-shadow:inset 3px 0 var(--wall)}td.changed code{font-weight:700}
.was{display:inline-block;margin-left:8px;color:var(--muted);font-size:11.5px;font-family:ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
td.changed .was{color:light-dark(#5c4a00,#d9c78a)}
.other{display:block;color:var(--other);font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px}
.other::before{content:"≠ "}
ul.plain{list-style:none;margin:3.2px 0;padding:0;display:grid;gap:2.4px}
ul.plain li{display:flex;flex-wrap:wrap;gap:8px;align-items:baseline;min-width:0}
ul.plain button{min-height:26px;padding:1.6px 8px;text-align:left;overflow-wrap:anywhere}
ul.plain li code,ul.plain li button{max-width:calc(100% - 26px)}
.tag{font-size:12.48px;color:var(--muted)}
.dot{flex:none;width:16px;height:16px;align-self:center}
form{display:flex;flex-wrap:wrap;gap:6.4px;margin:4.8px 0}form input{flex:1 1 192px;min-width:0}
.yours td:first-child{color:var(--muted)}
.wrong{color:var(--broken)}
.source summary{cursor:pointer}.source pre{margin:4.8px 0;padding:8px 11.2px;background:var(--box);border-radius:6px;overflow:auto;max-height:224px}
.source pre code{white-space:pre}
.loop{fill:var(--loop)}.cut{fill:var(--cut)}.wall{stroke:var(--wall);stroke-width:3;stroke-dasharray:5 3}.wall.stopped{stroke-width:2;stroke-dasharray:none}polygon.stopped{fill:var(--wall)}
.life{stroke:var(--lane);stroke-width:1.5}.life.down,.life.paused{stroke:var(--lane);stroke-dasharray:3 4}
rect.down{fill:var(--down);stroke:var(--lane);stroke-width:.75}rect.paused{fill:none;stroke:var(--fault);stroke-width:1}
.arrow line{stroke:var(--message);stroke-width:1.6}.arrow.copy line{stroke-dasharray:4 3}.head{fill:var(--message)}
.flying{fill:var(--card);stroke:var(--message);stroke-width:1.5;stroke-dasharray:2 2}
.action{fill:var(--action)}.deliver{fill:var(--card);stroke:var(--message);stroke-width:2.2}.touched{fill:var(--muted)}.taken{fill:var(--card);stroke:var(--resolution);stroke-width:2.2}
.resolution{fill:var(--resolution)}.reconciler{fill:var(--reconciler)}.up{fill:var(--text)}
.behind{fill:var(--card)}.fault{fill:none;stroke:var(--fault);stroke-width:2.4;stroke-linecap:round}.ring{fill:var(--card);stroke:var(--fault);stroke-width:2}
.clock{fill:var(--card);stroke:var(--muted);stroke-width:1.6}.clock.missed{stroke:var(--fault);stroke-width:1.8}path.clock{fill:none;stroke-linecap:round}
.ticks{stroke:var(--lane);stroke-dasharray:1 3}.folded{fill:var(--card);stroke:var(--lane);stroke-width:1.5}
.count{font:600 11px system-ui,sans-serif;fill:var(--text)}
.graph{position:relative;max-width:100%;min-width:calc(.92*var(--wide));margin:0 auto}@container (max-width:895.84px){.graph{min-width:var(--wide)}}.graph img{display:block;width:100%;height:auto}
.graph svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible}.graph rect{fill:transparent;cursor:pointer}
.graph rect:hover{stroke:var(--text);stroke-width:2}
.graph rect[aria-selected=true]{fill:color-mix(in srgb,var(--action) 15%,transparent);stroke:var(--action);stroke-width:3}
.graph path{fill:none;stroke:var(--action);stroke-width:5;stroke-opacity:.5;stroke-linecap:round}
.scrolls{overflow:auto;max-height:672px;min-width:0}.way{margin:3.2px 0;padding-left:28.8px}.way li{margin:2.4px 0}.way button{min-height:26px;padding:1.6px 8px}
@container (min-width:640px){.stories.two{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}
.stories.two .story+.story{border-top:0}.stories.two>div+div{border-left:1px solid var(--edge)}}
@container (min-width:896px){.body:not(.two){grid-template-columns:minmax(0,1.15fr) minmax(0,1fr)}
.body:not(.two) .side{border-top:0;border-left:1px solid var(--edge);max-height:var(--rcv-tall,576px);min-height:min(var(--held,0px),var(--rcv-tall,576px));overflow:auto;
background:linear-gradient(transparent,var(--card) 60%) 0 100%/100% 48px no-repeat local,linear-gradient(transparent,light-dark(#1b212b38,#e8ecf238)) 0 100%/100% 17.6px no-repeat}.body:not(.two) .story{max-height:var(--rcv-tall,576px)}}
@container (min-width:896px){.states .body:not(.two){grid-template-columns:minmax(0,2fr) minmax(0,1fr)}.states .body:not(.two) .side{max-height:672px}}
@container (max-width:895.84px){.row.decides{padding-block:calc(var(--row,30px)/2 - 9px)}.row.decides .number{line-height:18px}.both{line-height:18px}.both .label{font-size:12.5px}
.change{flex:0 1 auto;height:auto;margin:0;overflow:visible;white-space:normal;overflow-wrap:anywhere}}
@container (max-width:512px){.explorer{--left:40px}header,.side{padding-left:11.2px;padding-right:11.2px}.bar{padding:7.2px 11.2px}.change{display:none}
.bar input[type=range]{flex-basis:100%;order:5}.menu>div{right:auto;left:0}select{max-width:176px}}
@container (max-width:320px){.explorer{--left:34px}.number{font-size:11px}.row{gap:6px;padding-right:8px}.choose{flex:1 1 100%;min-width:0}.choose label{flex:1 1 100%}thead th{font-size:12px}.choose select{flex:1 1 0;min-width:0;max-width:none}th,td{padding:3px 3px 3px 4px}.was{display:block;margin-left:0}}
:host([data-slide]) :is(.asks,.note,.change){display:none}:host([data-slide]) header{flex-wrap:nowrap;padding-block:8px}:host([data-slide]) .names{flex:1 1 0}:host([data-slide]) .choose{flex:none}
:host([data-slide]) select{max-width:152px}:host([data-slide]) .story{scrollbar-width:none}:host([data-slide]) .rows{min-width:100%}
:host([data-slide]) .row.decides{padding-block:calc(var(--row,30px)/2 - 9px)}:host([data-slide]) .row.decides .number{line-height:18px}:host([data-slide]) .both{line-height:18px}:host([data-slide]) .both .label{font-size:12.5px}
:host([data-slide]) .state{display:flex;flex-wrap:wrap;gap:0 25.6px;align-items:flex-start}:host([data-slide]) .side{padding-block:8px}:host([data-slide]) :is(th,td){padding-block:1.6px}:host([data-slide]) .side .h{margin-top:8px}
.side:is([data-less="1"],[data-less="2"],[data-less="3"],[data-less="4"],[data-less="5"],[data-less="6"]) .source,.side:is([data-less="2"],[data-less="3"],[data-less="4"],[data-less="5"],[data-less="6"]) .next,
.side:is([data-less="3"],[data-less="4"],[data-less="5"],[data-less="6"]) .messages{display:none}.side[data-less="4"]>*{zoom:.92}.side[data-less="5"]>*{zoom:.84}.side[data-less="6"]>*{zoom:.76}
@container (max-width:895.84px){:host([data-slide]) .choose{display:none}:host([data-slide]) .story{max-height:calc(var(--rcv-tall,640px)*.45)}:host([data-slide]) .side{max-height:calc(var(--rcv-tall,640px)*.55);min-height:0;overflow:auto}}
@media (prefers-reduced-motion:no-preference){.row,button{transition:background-color .12s}}
@media (forced-colors:active){.row[aria-selected=true]{outline:2px solid Highlight;outline-offset:-2px}td.changed{outline:1px solid CanvasText}}
`;

/** The still picture gives way to the explorer on a screen, and takes its place on paper. */
export const PAGE_STYLE = `.rcv-still{display:none}.rcv-still.rcv-wanted{display:block}
@media print{.rcv-still{display:block!important}.rcv-live{display:none!important}}`;

/** Of outputs in notebooks, which carry no style sheet themselves: on paper what tells how something breaks is open. */
export const OUTPUT_STYLE = `.rcv details{margin:.4em 0}.rcv summary{cursor:pointer}.rcv code{white-space:pre-wrap}
.rcv td,.rcv th{padding:.3em .8em .3em .3em}
@media screen{.rcv img.rcv-picture{max-width:none!important}}
[data-jp-theme-light=true] .rcv img.rcv-picture{color-scheme:light!important}[data-jp-theme-light=false] .rcv img.rcv-picture{color-scheme:dark!important}
@media print{[data-jp-theme-light] .rcv img.rcv-picture,.rcv img.rcv-picture{color-scheme:light!important;min-width:0!important}.rcv tr{break-inside:avoid}
.rcv details.rcv-carries::details-content{content-visibility:visible!important;block-size:auto!important;opacity:1!important}}`;
