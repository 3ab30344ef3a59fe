//! Systems that differ in one thing, as rows of words, and the geometry of the picture of a sweep.
//!
//! Enters: reports of `sweep`, `mutate`, `why` and `grade`. Leaves: rows of their tables; for a sweep a grid of marks, a
//! row for each member and a column for each value.

use super::measure::{Face, elide, width};
use super::palette::Ink;
use super::timeline::{Anchor, Rect, Words};
use super::words::{self, Tone, count, plural, subject};
use crate::report::variants::{
    Brief, Came, Flips, GradeReport, Graded, Group, LooserOrder, MutationReport, Noticed, Point, RelaxReport,
    SweepReport, SweptParam, Together, Towards, Weaker,
};
use crate::report::{Finding, Trace};

/// Mark, word and tone of a verdict without its run.
pub(super) fn came(came: Came) -> (&'static str, &'static str, Tone) {
    match came {
        Came::Holds => ("✓", "holds", Tone::Good),
        Came::HoldsWithinBound => ("≤", "holds within bound", Tone::Qualified),
        Came::Vacuous => ("∅", "vacuous", Tone::Qualified),
        Came::Violated => ("✗", "violated", Tone::Bad),
        Came::Failed => ("!", "failed", Tone::Bad),
        Came::Incomplete => ("…", "incomplete", Tone::Qualified),
        Came::NotChecked => ("–", "not checked", Tone::Unknown),
    }
}

/// `✗ 7` where a run of seven steps shows it, else the mark.
pub fn short(brief: &Brief) -> String {
    let mark = came(brief.verdict).0;
    brief.steps.map_or(mark.to_string(), |steps| format!("{mark} {steps}"))
}

/// `acked_survives in 14 steps`
pub fn noticing(brief: &Brief) -> String {
    match (brief.verdict, brief.steps) {
        (Came::Failed, Some(steps)) => {
            format!("{} ({}, no value)", brief.member, plural(steps as u64, "step"))
        }
        (_, Some(steps)) => format!("{} ({})", brief.member, plural(steps as u64, "step")),
        (Came::Vacuous, None) => format!("{} (says nothing any more)", brief.member),
        (_, None) => brief.member.clone(),
    }
}

// ---- sweep ----

/// `n in 1, 2, 3`
pub fn swept(report: &SweepReport) -> String {
    let one = |p: &crate::report::variants::SweptParam| format!("{} in {}", p.name, ends(&p.values));
    report.params.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn ends(values: &[String]) -> String {
    let number = |text: &String| text.parse::<i64>().ok();
    let numbers: Option<Vec<i64>> = values.iter().map(number).collect();
    match (numbers, values) {
        (Some(numbers), [first, .., last]) if numbers.windows(2).all(|pair| pair[1] == pair[0] + 1) => {
            format!("{first}..{last}")
        }
        _ => format!("{{{}}}", values.join(", ")),
    }
}

/// The system with the parameters that stay.
pub fn swept_subject(report: &SweepReport) -> String {
    let mut rest = report.subject.clone();
    rest.params.retain(|(name, _)| report.params.iter().all(|p| p.name != *name));
    subject(&rest)
}

/// What may go wrong.
pub fn swept_budgets(report: &SweepReport) -> String {
    match (report.faults_differ, report.subject.faults.is_empty()) {
        (false, _) => words::budgets(&report.subject),
        (true, true) => "faults by the point".to_string(),
        (true, false) => format!("{}, other faults by the point", words::budgets(&report.subject)),
    }
}

/// Where the verdict on a member changes, in a sentence.
pub fn flips(params: &[SweptParam], flips: &Flips) -> String {
    match flips {
        Flips::Never { verdict } => format!("{} at every point", came(*verdict).1),
        Flips::NeverBroken => "broken at no point".to_string(),
        Flips::Once { broken_from, worse } => {
            let from = listed(broken_from, " or ");
            let all = |towards: Towards| worse.iter().all(|one| *one == towards);
            if let Some(end) = at_the_end(params, broken_from, worse) {
                format!("broken at {from} alone, the {end} that was swept")
            } else if all(Towards::Larger) {
                format!("broken from {from} on, at everything larger that was swept")
            } else if all(Towards::Smaller) {
                format!("broken up to {from}, and at nothing larger that was swept")
            } else {
                let names = params.iter().zip(worse).map(|(param, towards)| match towards {
                    Towards::Larger => format!("larger `{}`", param.name),
                    Towards::Smaller => format!("smaller `{}`", param.name),
                    Towards::Same => format!("the same `{}`", param.name),
                });
                let names = names.collect::<Vec<_>>().join(" and ");
                format!("broken from {from} on, at everything swept with {names}")
            }
        }
        Flips::Unordered { broken_at, open: false } => {
            let numbers = params.iter().any(|p| p.values.iter().all(|v| v.parse::<i64>().is_ok()));
            let not = if numbers { "not monotonic: " } else { "" };
            format!("{not}broken at {}", listed(broken_at, " and "))
        }
        Flips::Unordered { broken_at, open: true } => {
            format!("broken at {}, and not decided everywhere", listed(broken_at, " and "))
        }
        Flips::Open => "not decided everywhere".to_string(),
    }
}

/// The only value of one parameter at which something is broken, where that is the last in its direction: `greatest`.
fn at_the_end(params: &[SweptParam], broken_from: &[String], worse: &[Towards]) -> Option<&'static str> {
    let ([param], [from], [worse]) = (params, broken_from, worse) else { return None };
    let value = |text: &String| text.parse::<i64>().ok();
    let values = param.values.iter().filter_map(value);
    let (last, end) = match worse {
        Towards::Larger => (values.max()?, "greatest"),
        Towards::Smaller => (values.min()?, "least"),
        Towards::Same => return None,
    };
    (*from == format!("{} = {last}", param.name)).then_some(end)
}

fn listed(points: &[String], between: &str) -> String {
    const MOST: usize = 6;
    let shown: Vec<String> = points.iter().take(MOST).map(|point| format!("`{point}`")).collect();
    match points.len().saturating_sub(MOST) {
        0 => shown.join(between),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What to type to see a run: of the first point at which something is broken.
pub fn to_see(report: &SweepReport) -> Option<String> {
    let subject = report.broken.as_deref()?;
    let pairs = subject.params.iter().map(|(name, value)| format!("{name} = {value}"));
    let faults: Vec<String> = subject.faults.iter().map(ToString::to_string).collect();
    let any = if subject.from_any_state { " from any state" } else { "" };
    let options = match (faults.is_empty(), any.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!(" {{{any} }}"),
        (false, _) => format!(" {{ faults {{ {} }}{any} }}", faults.join(", ")),
    };
    Some(format!("check {}({}){options}", subject.system, pairs.collect::<Vec<_>>().join(", ")))
}

/// The head of the table of points.
pub fn points_head(report: &SweepReport) -> Vec<String> {
    let params = report.params.iter().map(|p| p.name.clone());
    params.chain(report.members.iter().map(|m| m.name.clone())).chain(["states".to_string()]).collect()
}

/// A table of more values is too wide for a terminal.
const COLUMNS: usize = 14;

/// Tables that fit a terminal: of one parameter a row for each member, of two a table for each member whose verdict
/// changes. Title, head and rows.
pub fn tables(report: &SweepReport) -> Vec<(String, Vec<String>, Vec<Vec<String>>)> {
    let of = |points: &[&Point], told: &dyn Fn(&Point) -> String| -> Vec<String> {
        points.iter().map(|point| told(point)).collect()
    };
    let states = |point: &Point| point.states.map_or("–".to_string(), count);
    let wide = |param: &SweptParam| param.values.len() > COLUMNS;
    match report.params.as_slice() {
        params if params.iter().all(wide) => {
            vec![(String::new(), points_head(report), report.points.iter().map(point).collect())]
        }
        [only] => {
            let points: Vec<&Point> = report.points.iter().collect();
            let head = [only.name.clone()].into_iter().chain(of(&points, &|p| p.values[0].clone())).collect();
            let row = |(i, member): (usize, &crate::report::variants::SweptMember)| {
                let verdicts = of(&points, &|point| short(&point.verdicts[i]));
                [member.name.clone()].into_iter().chain(verdicts).collect()
            };
            let mut rows: Vec<Vec<String>> = report.members.iter().enumerate().map(row).collect();
            rows.push(["states".to_string()].into_iter().chain(of(&points, &states)).collect());
            vec![(String::new(), head, rows)]
        }
        [_, second] => {
            // The longer one goes down where it does not fit across.
            let (down, across) = if wide(second) { (1, 0) } else { (0, 1) };
            let (first, second) = (&report.params[down], &report.params[across]);
            let table = |title: String, told: &dyn Fn(&Point) -> String| {
                let head = [format!("{} \\ {}", first.name, second.name)];
                let head = head.into_iter().chain(second.values.iter().cloned()).collect();
                let row = |value: &String| {
                    let at = |other: &String| {
                        let point = report
                            .points
                            .iter()
                            .find(|p| p.values[down] == *value && p.values[across] == *other);
                        point.map_or("–".to_string(), told)
                    };
                    [value.clone()].into_iter().chain(second.values.iter().map(at)).collect()
                };
                (title, head, first.values.iter().map(row).collect())
            };
            let changes = report.members.iter().enumerate();
            let changes = changes.filter(|(_, member)| !matches!(member.flips, Flips::Never { .. }));
            let tables = changes
                .map(|(i, member)| table(member.name.clone(), &|point: &Point| short(&point.verdicts[i])));
            tables.chain([table("states".to_string(), &states)]).collect()
        }
        _ => Vec::new(),
    }
}

/// A row of the table of points.
pub fn point(point: &Point) -> Vec<String> {
    let verdicts = point.verdicts.iter().map(short);
    let states = match (&point.states, &point.why) {
        (Some(states), None) => count(*states),
        (Some(states), Some(why)) => format!("{}, {why}", count(*states)),
        (None, why) => why.clone().unwrap_or_default(),
    };
    point.values.iter().cloned().chain(verdicts).chain([states]).collect()
}

/// A laid-out grid.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    /// Of the document.
    pub title: String,
    /// Of the card.
    pub width: f64,
    /// Of the card.
    pub height: f64,
    /// A square for each verdict: what it stands on and what it says.
    pub squares: Vec<(Rect, Came)>,
    /// What is read.
    pub words: Vec<Words>,
}

const PAD: f64 = 16.0;
const SQUARE: f64 = 34.0;
const STEP: f64 = 38.0;
/// A picture shows so many columns and rows; the table has all.
const MOST: usize = 24;

/// Lays out the grid; `None`: there is nothing to see.
pub fn grid(report: &SweepReport) -> Option<Grid> {
    if report.points.is_empty() || report.members.is_empty() {
        return None;
    }
    let what = format!("sweep {} of {}", swept(report), swept_subject(report));
    let mut grid = Grid { title: what.clone(), ..Grid::default() };
    let names: Vec<&str> = report.members.iter().map(|m| m.name.as_str()).collect();
    let side =
        names.iter().map(|name| width(name, Face::MonoBold, 12.0)).fold(60.0, f64::max).min(260.0) + 14.0;
    let columns = report.params[report.params.len() - 1].values.len().min(MOST);
    let head = width(&what, Face::SansBold, 14.0).clamp(420.0, 728.0);
    let wide = (side + columns as f64 * STEP).max(head);
    let head = elide(&what, Face::SansBold, 14.0, wide);
    grid.words.push(Words::line(PAD, PAD + 14.0, 14.0, &head, Face::SansBold, Ink::Text));
    grid.width = wide + 2.0 * PAD;
    let mut top = PAD + 34.0;
    if let [only] = report.params.as_slice() {
        heads(&mut grid, (&only.name, &only.values), side, top);
        top += 22.0;
        for (row, member) in report.members.iter().enumerate().take(MOST) {
            label(&mut grid, &member.name, side, top, Face::MonoBold);
            for (column, point) in report.points.iter().enumerate().take(MOST) {
                square(&mut grid, (side, column), top, &point.verdicts[row]);
            }
            top += STEP;
        }
    } else if let [first, second] = report.params.as_slice() {
        for (row, member) in report.members.iter().enumerate().take(MOST) {
            grid.words.push(Words::line(PAD, top + 12.0, 12.0, &member.name, Face::MonoBold, Ink::Text));
            top += 24.0;
            heads(&mut grid, (&second.name, &second.values), side, top);
            top += 22.0;
            for value in first.values.iter().take(MOST) {
                label(&mut grid, &format!("{} = {value}", first.name), side, top, Face::Mono);
                for point in report.points.iter().filter(|point| point.values[0] == *value) {
                    let column = second.values.iter().position(|v| *v == point.values[1]).unwrap_or(0);
                    if column < MOST {
                        square(&mut grid, (side, column), top, &point.verdicts[row]);
                    }
                }
                top += STEP;
            }
            top += 12.0;
        }
    }
    let legend = "✓ holds · ✗ n: broken by a run of n steps · ∅ vacuous · … incomplete";
    grid.words.push(Words::line(PAD, top + 14.0, 11.0, legend, Face::Sans, Ink::Muted));
    grid.height = top + 14.0 + PAD;
    Some(grid)
}

fn heads(grid: &mut Grid, (name, values): (&str, &[String]), side: f64, top: f64) {
    grid.words.push(Words::line(PAD, top + 12.0, 11.0, name, Face::Mono, Ink::Muted));
    for (column, value) in values.iter().enumerate().take(MOST) {
        let x = PAD + side + column as f64 * STEP + SQUARE / 2.0;
        let text = elide(value, Face::Mono, 11.0, STEP);
        let words = Words::line(x, top + 12.0, 11.0, &text, Face::Mono, Ink::Muted);
        grid.words.push(Words { anchor: Anchor::Middle, ..words });
    }
}

fn label(grid: &mut Grid, text: &str, side: f64, top: f64, face: Face) {
    let text = elide(text, face, 12.0, side - 8.0);
    grid.words.push(Words::line(PAD, top + SQUARE / 2.0 + 4.0, 12.0, &text, face, Ink::Text));
}

fn square(grid: &mut Grid, (side, column): (f64, usize), top: f64, brief: &Brief) {
    let left = PAD + side + column as f64 * STEP;
    let rect = Rect::new(left, top, left + SQUARE, top + SQUARE);
    let ink = if brief.verdict.is_bad() { Ink::Broken } else { Ink::Text };
    let words =
        Words::line(left + SQUARE / 2.0, top + SQUARE / 2.0 + 4.0, 11.5, &short(brief), Face::MonoBold, ink);
    grid.words.push(Words { anchor: Anchor::Middle, ..words });
    grid.squares.push((rect, brief.verdict));
}

/// The grid in words: the description of the picture.
pub fn describe(report: &SweepReport) -> String {
    let one =
        |m: &crate::report::variants::SweptMember| format!("{}: {}", m.name, flips(&report.params, &m.flips));
    report.members.iter().map(one).collect::<Vec<_>>().join(". ")
}

// ---- mutate and why ----

/// Whether a part is needed, by its weaker forms: the surest of what came of them.
fn came_of<'r>(report: &'r MutationReport, part: &[usize]) -> &'r Noticed {
    let rank = |noticed: &Noticed| match noticed {
        Noticed::By { .. } => 0,
        Noticed::NoValue { .. } => 1,
        Noticed::Emptied { .. } => 2,
        Noticed::Unknown { .. } => 3,
        Noticed::Unnoticed { .. } => 4,
        Noticed::Superfluous => 5,
    };
    let all = part.iter().map(|number| &report.weaker[*number].noticed);
    all.min_by_key(|noticed| rank(noticed)).unwrap_or(&Noticed::Superfluous)
}

/// `118 parts made weaker: 74 noticed, …`
pub fn noticed_tally(report: &MutationReport) -> String {
    let all: Vec<&Noticed> = match &report.asked {
        // The question is of parts, however they are weaker.
        Some(_) => report.parts().iter().map(|part| came_of(report, part)).collect(),
        None => report.weaker.iter().map(|weaker| &weaker.noticed).collect(),
    };
    let of = |wanted: &dyn Fn(&Noticed) -> bool| all.iter().filter(|n| wanted(n)).count();
    let by = of(&|n| matches!(n, Noticed::By { .. }));
    let emptied = of(&|n| matches!(n, Noticed::Emptied { .. }));
    let values = of(&|n| matches!(n, Noticed::NoValue { .. }));
    let unnoticed = of(&|n| matches!(n, Noticed::Unnoticed { .. }));
    let superfluous = of(&|n| matches!(n, Noticed::Superfluous));
    let unknown = of(&|n| matches!(n, Noticed::Unknown { .. }));
    let mut parts = vec![match &report.asked {
        Some(asked) => format!("{by} without which {} does not hold", asked.name),
        None => format!("{by} noticed"),
    }];
    let told = [
        (values, "without which a step has no value"),
        (emptied, "without which a member says nothing"),
        (unnoticed, "that nobody notices"),
        (superfluous, "that change nothing"),
        (unknown, "not looked at to the end"),
    ];
    parts.extend(told.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")));
    format!("{} made weaker, one at a time: {}", plural(all.len() as u64, "part"), parts.join(", "))
}

/// A row of what a member depends on: the parts, and what came of them.
pub(super) struct Needed<'r> {
    /// `✗`, `needed`
    pub mark: (&'static str, &'static str, Tone),
    /// One form of a part each, and where it stands.
    pub forms: Vec<&'r Weaker>,
    /// Who notices: of each form, or of all together.
    pub who: Vec<String>,
}

/// The parts that a member depends on by themselves, then the groups of which one has to stay.
pub(super) fn dependencies(report: &MutationReport) -> Vec<Needed<'_>> {
    let row = |part: &Vec<usize>, wanted: fn(&Noticed) -> bool| {
        let came = came_of(report, part);
        let forms = part.iter().map(|number| &report.weaker[*number]).filter(|_| wanted(came));
        let broken: Vec<&Weaker> = forms.filter(|weaker| wanted(&weaker.noticed)).collect();
        let (mark, word, tone, _) = noticed(&broken.first()?.noticed);
        let who = broken.iter().map(|weaker| noticed(&weaker.noticed).3).collect();
        Some(Needed { mark: (mark, word, tone), forms: broken, who })
    };
    let group = |group: &Group| {
        let (mark, _, tone, who) = noticed(&group.noticed);
        let forms = group.parts.iter().map(|number| &report.weaker[*number]).collect();
        Needed {
            mark: (mark, "one of these", tone),
            forms,
            who: vec![format!("with all of them weaker: {who}")],
        }
    };
    let groups = report.together.iter().flat_map(|together| &together.groups).map(group);
    let parts = report.parts();
    let of = |wanted: fn(&Noticed) -> bool| parts.iter().filter_map(move |part| row(part, wanted));
    let needed = of(|noticed| matches!(noticed, Noticed::By { .. }));
    let emptied = of(|noticed| matches!(noticed, Noticed::Emptied { .. } | Noticed::NoValue { .. }));
    let open = of(|noticed| matches!(noticed, Noticed::Unknown { .. }));
    needed.chain(groups).chain(emptied).chain(open).collect()
}

/// Why a member holds, as a sentence for each kind of reason.
pub fn because(report: &MutationReport) -> Vec<String> {
    let Some(asked) = &report.asked else { return Vec::new() };
    let word = came(asked.verdict.verdict).1;
    if asked.verdict.verdict.is_bad() {
        let told =
            format!("`{}` does not hold ({word}): there is nothing that it holds because of.", asked.name);
        return vec![told];
    }
    let is_judged = report.judged.contains(&asked.name);
    if !asked.verdict.verdict.can_break() && !is_judged {
        return vec![format!("`{}` is not decided ({word}), and so is what it depends on.", asked.name)];
    }
    // What is the reason, perhaps, and no part.
    let by = asked.said_by.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let by = if by.is_empty() { by } else { format!(" It is said by {by}, weaker for steps alone.") };
    let parts = report.parts();
    let open = parts.iter().filter(|part| matches!(came_of(report, part), Noticed::Unknown { .. })).count();
    let needed = parts.iter().filter(|part| matches!(came_of(report, part), Noticed::By { .. })).count();
    let alone = several(report);
    let vacuous = asked.verdict.verdict == Came::Vacuous;
    if needed == 0 && vacuous {
        return vec![format!(
            "`{}` says nothing here ({word}): what it speaks of does not happen.",
            asked.name
        )];
    }
    if needed == 0 {
        let told = match report.weaker.is_empty() {
            true => "there is nothing that could be weaker".to_string(),
            false if open > 0 || report.weaker.len() < report.all => {
                "it holds without any one of the parts that were looked at to the end".to_string()
            }
            false => "it holds without any one of the parts that were made weaker".to_string(),
        };
        let within = match asked.verdict.verdict {
            Came::HoldsWithinBound => "within the bound, ",
            Came::NotChecked => "as far as it is checked, ",
            _ => "",
        };
        return vec![format!("`{}`: {within}{told}.{alone}{by}", asked.name)];
    }
    let of = match needed {
        1 => "this part: without it it is broken".to_string(),
        n => format!("each of these {n} parts: without any one of them it is broken"),
    };
    let holds = match asked.verdict.verdict {
        Came::HoldsWithinBound => "holds within the bound",
        Came::Vacuous => "says nothing here (vacuous), and is not broken,",
        Came::NotChecked => "holds, as far as it is checked,",
        _ => "holds",
    };
    let missing = report.all - report.weaker.len();
    let (left, all) = (open + missing, parts.len() + missing);
    let so_far = match left {
        0 => String::new(),
        1 => format!(" 1 of {all} parts is not decided, and may be one of them."),
        left => format!(" {left} of {all} parts are not decided, and may be some of them."),
    };
    vec![format!("`{}` {holds} because of {of}.{so_far}{alone}{by}", asked.name)]
}

/// What the parts that are not needed by themselves come to together, as sentences behind others.
fn several(report: &MutationReport) -> String {
    let Some(Together { spare, some_untried, beside, groups, open, incomplete }) = &report.together else {
        return match report.unneeded().len() {
            0 => String::new(),
            1 if report.weaker.len() == report.all => " The one other part can be weaker.".to_string(),
            _ => {
                " Each part was made weaker by itself: of parts that stand in for each other, none is named."
                    .to_string()
            }
        };
    };
    let mut told = String::new();
    told += &match groups.as_slice() {
        [] => String::new(),
        [group] => format!(
            " Of {} one has to stay: {} with all of them weaker at once.",
            match group.parts.len() {
                2 => "two parts that stand in for each other".to_string(),
                n => format!("{n} parts that stand in for each other"),
            },
            missed(groups)
        ),
        all => format!(
            " Of each of {} groups of parts that stand in for each other one has to stay: {} with all of one group \
             weaker at once.",
            all.len(),
            missed(groups)
        ),
    };
    let grouped = |part: &&usize| groups.iter().any(|group| group.parts.contains(part));
    let others = spare.iter().filter(|part| !grouped(part)).count();
    told += &match (others, open.len()) {
        (0, _) => String::new(),
        (1, 0) => " One other, which only lets more happen, can be weaker.".to_string(),
        (n, 0) => format!(" The {n} others that only let more happen can all be weaker at once."),
        (1, _) => " Of the others that only let more happen, one can be weaker.".to_string(),
        (n, _) => format!(" Of the others that only let more happen, {n} can be weaker at once."),
    };
    if *some_untried && others > 0 {
        told += " Fewer of these at once were not tried: on runs without end, what lets more happen may mend as well.";
    }
    told += &match (beside.len(), others) {
        (0, _) => String::new(),
        (1, 0) => " One, without which less or something else happens, can be weaker.".to_string(),
        (1, _) => " So can, beside them, one without which less or something else happens.".to_string(),
        (n, 0) => format!(
            " Each of {n} without which less or something else happens can be weaker; two of these were not tried together."
        ),
        (n, _) => format!(
            " So can, beside them, each of {n} without which less or something else happens; two of these were not tried \
             together."
        ),
    };
    if !open.is_empty() {
        told += &format!(" Of {} it was not found out.", open.len());
    }
    if let Some(why) = incomplete {
        told += &format!(" Not all of them were tried together: {why}.");
    }
    told
}

/// What becomes of a member without all of a group.
fn missed(groups: &[Group]) -> &'static str {
    let of = |group: &Group| match group.noticed {
        Noticed::By { .. } => "it is broken",
        Noticed::Emptied { .. } => "it says nothing",
        _ => "a step has no value",
    };
    match groups.iter().all(|group| of(group) == of(&groups[0])) {
        true => of(&groups[0]),
        false => "it is broken or says nothing, or a step has no value,",
    }
}

/// What came of a weaker part: mark, word, tone and who notices.
pub(super) fn noticed(noticed: &Noticed) -> (&'static str, &'static str, Tone, String) {
    let all = |members: &[Brief]| members.iter().map(noticing).collect::<Vec<_>>().join(", ");
    match noticed {
        Noticed::By { members } => ("✗", "needed", Tone::Good, all(members)),
        Noticed::Emptied { members } => ("∅", "needed", Tone::Qualified, all(members)),
        Noticed::NoValue { steps } => {
            let told = format!("a step has no value without it ({})", plural(*steps as u64, "step"));
            ("!", "needed", Tone::Qualified, told)
        }
        Noticed::Unnoticed { as_many } => {
            let told = match as_many {
                true => "no member notices; there are as many states and steps as with it",
                false => "something else can happen without it, and no member says that it may not",
            };
            ("?", "unnoticed", Tone::Bad, told.to_string())
        }
        Noticed::Superfluous => {
            ("=", "superfluous", Tone::Unknown, "by itself: the same states and steps as with it".to_string())
        }
        Noticed::Unknown { why } => ("…", "not decided", Tone::Qualified, why.clone()),
    }
}

/// A run that breaks something with parts weaker.
pub struct WeakerRun<'r> {
    /// In the report as JSON.
    pub at: String,
    /// `` without `l.epoch == e` ``
    pub words: String,
    /// What is broken.
    pub finding: &'r Finding,
    /// By which run.
    pub trace: &'r Trace,
}

/// The runs of a `why`, the shortest first, which is drawn.
pub fn runs(report: &MutationReport) -> Vec<WeakerRun<'_>> {
    fn one(at: String, words: String, finding: Option<&Finding>) -> Option<WeakerRun<'_>> {
        let finding = finding?;
        Some(WeakerRun { at, words, finding, trace: super::words::trace_of(&finding.verdict)? })
    }
    let weaker = report.weaker.iter().enumerate().filter_map(|(i, weaker)| {
        one(format!("/weaker/{i}/run/verdict/trace"), weaker.words.clone(), weaker.run.as_deref())
    });
    let groups = report.together.iter().flat_map(|together| &together.groups).enumerate();
    let groups = groups.filter_map(|(i, group)| {
        let words: Vec<&str> = group.parts.iter().map(|n| report.weaker[*n].words.as_str()).collect();
        let at = format!("/together/groups/{i}/run/verdict/trace");
        one(at, words.join(" and "), group.run.as_deref())
    });
    let mut all: Vec<_> = weaker.chain(groups).collect();
    all.sort_by_key(|run| run.trace.length());
    all
}

// ---- relax ----

/// The run that is drawn: the shortest.
pub fn pictured(report: &RelaxReport) -> Option<(&LooserOrder, &Finding, &Trace)> {
    report.orders.iter().filter_map(run).min_by_key(|(.., trace)| trace.length())
}

/// The run that breaks something without an order.
pub fn run(looser: &LooserOrder) -> Option<(&LooserOrder, &Finding, &Trace)> {
    let finding = looser.run.as_ref()?;
    Some((looser, finding, super::words::trace_of(&finding.verdict)?))
}

/// Of which orders no smaller scope was tried.
pub fn untried(report: &RelaxReport) -> Option<String> {
    let names = report.scopes_untried();
    (!names.is_empty()).then(|| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        format!("not tried: whether an order of a smaller scope than that of {} would do", names.join(", "))
    })
}

/// Who needs an order: mark, word, tone and names.
pub(super) fn needed(looser: &LooserOrder) -> (&'static str, &'static str, Tone, String) {
    match &looser.noticed {
        Noticed::Unknown { why } if !looser.loosened => ("–", "as it is", Tone::Unknown, why.clone()),
        Noticed::Unnoticed { .. } | Noticed::Superfluous => {
            ("∅", "not needed", Tone::Qualified, "nothing depends on it".to_string())
        }
        other => noticed(other),
    }
}

// ---- grade ----

/// `holds on the right one, catches 2 of 3 wrong ones`
pub fn grade_tally(report: &GradeReport) -> String {
    let (right, caught, wrong) = report.caught();
    let open = |graded: &&Graded| !graded.passed && graded.is_open();
    let first = match right {
        true if report.against.iter().any(|graded| graded.right && graded.within_bound()) => {
            "holds within the bound on the right one"
        }
        true => "holds on the right one",
        false if report.against.iter().all(|graded| !graded.right || open(&graded)) => {
            "is not decided on the right one"
        }
        false if report.says_nothing() => "says nothing on the right one",
        false => "does not hold on the right one",
    };
    let undecided = report.against.iter().filter(open).filter(|graded| !graded.right).count();
    let told = match wrong {
        0 => first.to_string(),
        1 if undecided == 1 => return format!("{first}, the wrong one is not decided"),
        1 if caught == 1 => format!("{first}, catches the wrong one"),
        1 => format!("{first}, does not catch the wrong one"),
        _ => format!("{first}, catches {caught} of {wrong} wrong ones"),
    };
    match undecided {
        0 => told,
        open => format!("{told} ({open} not decided)"),
    }
}

/// Mark, word and tone of what came of a mapping.
pub(super) fn graded(graded: &Graded) -> (&'static str, &'static str, Tone) {
    if !graded.passed && graded.is_open() {
        return ("…", "not decided", Tone::Qualified);
    }
    match (graded.right, graded.passed) {
        (true, true) if graded.within_bound() => ("≤", "holds within bound", Tone::Qualified),
        (true, true) => ("✓", "holds", Tone::Good),
        (true, false) => ("✗", "wrong", Tone::Bad),
        (false, true) => ("✓", "caught", Tone::Good),
        (false, false) => ("✗", "missed", Tone::Bad),
    }
}
