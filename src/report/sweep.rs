//! The result of `steerq sweep`.

use std::collections::HashMap;
use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::figure::{
    self, Cell, Cells, CurveFigure, Drawing, FigureError, MapAxis, MapFigure, Rung, Series, StripFigure,
    StripRow, VisibilityFigure,
};
use super::text::{Style, Text, columns, heading};
use super::{Quantity, Subject, Visibilities, closed_form, decimal};

/// A number of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The number.
    pub value: f64,
    /// Whether an exact certificate of it was accepted.
    pub verified: bool,
}

impl Reading {
    /// What a quantity says, if it says anything.
    pub fn of(quantity: &Quantity) -> Option<Self> {
        quantity.value.map(|value| Self { value, verified: quantity.verified })
    }
}

/// What was computed at one value of the parameter; what does not belong to the computation is `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// Its number in the report, from 0.
    pub index: usize,
    /// The parameter's value.
    pub value: f64,
    /// The second parameter's value, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<f64>,
    /// Σ tr(Fσ), if the problem has both.
    pub functional: Option<f64>,
    /// `certify`'s verdict.
    pub verdict: Option<String>,
    /// Along the visibility, where that lies: `classical` up to the classical threshold, else the verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Whether it is verified.
    pub verified: Option<bool>,
    /// By how much an inequality is violated.
    pub violation: Option<f64>,
    /// The classical bound or visibility.
    pub classical: Option<Reading>,
    /// That of an explicit model.
    pub quantum_inner: Option<Reading>,
    /// That of the hierarchy.
    pub quantum_outer: Option<Reading>,
    /// The bound of the general set.
    pub no_signalling: Option<Reading>,
    /// Why there is no answer.
    pub error: Option<String>,
}

impl SweepPoint {
    /// A point of which nothing is known yet.
    pub fn at(value: f64, second: Option<f64>) -> Self {
        Self {
            index: 0,
            value,
            second,
            functional: None,
            verdict: None,
            region: None,
            verified: None,
            violation: None,
            classical: None,
            quantum_inner: None,
            quantum_outer: None,
            no_signalling: None,
            error: None,
        }
    }

    /// Names the region of a point along the visibility, from the classical threshold.
    pub fn find_region(&mut self, classical: f64) {
        let verdict = self.verdict.as_deref();
        let region = verdict.map(|verdict| match verdict {
            "quantum" | "undecided" if self.value <= classical => "classical",
            verdict => verdict,
        });
        self.region = region.map(str::to_owned);
    }
}

/// A point at one side of a change of the verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// The parameter's value.
    pub value: f64,
    /// The verdict there.
    pub verdict: String,
    /// Whether it is verified.
    pub verified: bool,
}

/// Two neighbours along the parameter of different verdicts, which enclose the place where it changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The second parameter's value, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<f64>,
    /// The last point with one verdict.
    pub last: Side,
    /// The first with the other.
    pub first: Side,
}

impl Change {
    /// The change between two neighbours, if both have verdicts that differ.
    pub fn between(left: &SweepPoint, right: &SweepPoint) -> Option<Self> {
        let side = |point: &SweepPoint| {
            let verdict = point.verdict.clone()?;
            Some(Side { value: point.value, verdict, verified: point.verified == Some(true) })
        };
        let (last, first) = (side(left)?, side(right)?);
        (last.verdict != first.verdict).then_some(Self { second: left.second, last, first })
    }
}

/// The changes of the verdict along the first parameter, for each value of the second; `points` in the order of a report.
pub fn changes(points: &[SweepPoint]) -> Vec<Change> {
    let mut columns: Vec<(Option<u64>, Vec<&SweepPoint>)> = Vec::new();
    let mut places = HashMap::new();
    for point in points {
        let second = point.second.map(f64::to_bits);
        let place = *places.entry(second).or_insert_with(|| {
            columns.push((second, Vec::new()));
            columns.len() - 1
        });
        columns[place].1.push(point);
    }
    let pairs = columns.iter().flat_map(|(_, line)| line.windows(2));
    pairs.filter_map(|pair| Change::between(pair.first()?, pair.get(1)?)).collect()
}

/// The visibilities at which a swept assemblage changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Thresholds {
    /// No common-cause model above it.
    pub classical: Option<Reading>,
    /// An explicit model at it.
    pub quantum_inner: Option<Reading>,
    /// No quantum model above it.
    pub quantum_outer: Option<Reading>,
}

impl Thresholds {
    /// What the visibilities of an assemblage say.
    pub fn of(found: &Visibilities) -> Self {
        let Visibilities { classical, inner, outer } = found;
        let [classical, quantum_inner, quantum_outer] = [classical, inner, outer].map(Reading::of);
        Self { classical, quantum_inner, quantum_outer }
    }

    /// As lines of a figure.
    fn rungs(&self) -> Vec<Rung> {
        let rung = |name: &str, reading: &Option<Reading>| {
            reading.as_ref().map(|Reading { value, .. }| Rung {
                name: name.to_owned(),
                value: *value,
                label: closed_form(*value).unwrap_or_else(|| decimal(*value)),
            })
        };
        let rungs = [
            rung("classical", &self.classical),
            rung("quantum, inner", &self.quantum_inner),
            rung("quantum", &self.quantum_outer),
        ];
        rungs.into_iter().flatten().collect()
    }
}

/// The result of `steerq sweep`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SweepReport {
    /// What it is about.
    #[serde(flatten)]
    pub subject: Subject,
    /// What is varied.
    pub parameter: String,
    /// What is varied besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_parameter: Option<String>,
    /// What is computed at each point.
    pub compute: String,
    /// How many times intervals are halved where the verdict changes.
    pub refine: u32,
    /// Level of the hierarchy.
    pub level: String,
    /// Along the visibility, where the assemblage changes.
    pub thresholds: Option<Thresholds>,
    /// Where the verdict changes along the parameter.
    pub changes: Vec<Change>,
    /// In order of the parameter; with two of them the second runs faster.
    pub points: Vec<SweepPoint>,
}

/// The numbers of a point by the names of their columns.
type Column = (&'static str, fn(&SweepPoint) -> Option<&Reading>);
const COLUMNS: [Column; 4] = [
    ("classical", |point| point.classical.as_ref()),
    ("quantum_inner", |point| point.quantum_inner.as_ref()),
    ("quantum_outer", |point| point.quantum_outer.as_ref()),
    ("no_signalling", |point| point.no_signalling.as_ref()),
];

impl SweepReport {
    /// The points as comma-separated values with a line of names. A number is written so that it reads back exactly.
    pub fn csv(&self) -> String {
        let (two, regions) = (self.second_parameter.is_some(), self.has(|point| point.region.is_some()));
        let second = if two { ",second" } else { "" };
        let mut text = format!("index,value{second},functional,verdict,verified,violation");
        COLUMNS.iter().for_each(|(name, _)| text += &format!(",{name},{name}_verified"));
        text += if regions { ",region,error\n" } else { ",error\n" };
        for point in &self.points {
            let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
            let flag = |flag: Option<bool>| flag.map(|flag| flag.to_string()).unwrap_or_default();
            let verdict = point.verdict.clone().unwrap_or_default();
            let mut fields = vec![point.index.to_string(), point.value.to_string()];
            if two {
                fields.push(number(point.second));
            }
            fields.extend([number(point.functional), verdict, flag(point.verified), number(point.violation)]);
            for (_, reading) in COLUMNS {
                let reading = reading(point);
                fields.push(number(reading.map(|reading| reading.value)));
                fields.push(flag(reading.map(|reading| reading.verified)));
            }
            if regions {
                fields.push(point.region.clone().unwrap_or_default());
            }
            fields.push(point.error.as_deref().map(quoted).unwrap_or_default());
            text += &fields.join(",");
            text.push('\n');
        }
        text
    }
}

impl SweepReport {
    /// What was computed along the parameter, and what kind of figure that is; along the visibility the value of the functional,
    /// with the thresholds. `None` if there is nothing to be drawn.
    pub fn figure(&self) -> Result<Option<(&'static str, Drawing)>, FigureError> {
        let named = |kind: &'static str, drawing: Option<Drawing>| drawing.map(|drawing| (kind, drawing));
        if let Some(second) = &self.second_parameter {
            return Ok(named("map", self.map(second)?));
        }
        if let Some(thresholds) = &self.thresholds {
            if let Some(drawing) = self.line(thresholds)? {
                return Ok(Some(("line", drawing)));
            }
            return Ok(named("thresholds", self.strip(thresholds)?));
        }
        if let Some(drawing) = self.curves()? {
            return Ok(Some(("curves", drawing)));
        }
        Ok(named("map", self.verdicts()?))
    }

    /// Verdicts, or the bounds of the hierarchy, over two parameters. Rows that were narrowed down have values of their own: what lies between
    /// two points of a row is shown as the nearer one.
    fn map(&self, second: &str) -> Result<Option<Drawing>, FigureError> {
        let different = |values: &mut Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values.dedup();
        };
        let mut rows: Vec<f64> = self.points.iter().filter_map(|point| point.second).collect();
        different(&mut rows);
        let mut values: Vec<f64> = self.points.iter().map(|point| point.value).collect();
        different(&mut values);
        if values.len() < 2 || rows.len() < 2 || self.is_unanswered() {
            return Ok(None);
        }
        let nearest = |value: f64, row: f64| {
            let distance = |point: &&SweepPoint| (point.value - value).abs();
            let of_row = self.points.iter().filter(|point| point.second == Some(row));
            of_row.min_by(|one, other| distance(one).total_cmp(&distance(other)))
        };
        let grid: Vec<Vec<Option<&SweepPoint>>> =
            values.iter().map(|&value| rows.iter().map(|&row| nearest(value, row)).collect()).collect();
        let cells = if self.has(|point| point.verdict.is_some()) {
            let verdict = |point: &SweepPoint| point.region.clone().or_else(|| point.verdict.clone());
            let cell =
                |point: &Option<&SweepPoint>| Cell::named(&point.and_then(verdict).unwrap_or_default());
            Cells::Verdicts(grid.iter().map(|column| column.iter().map(cell).collect()).collect())
        } else {
            let name = if self.compute == "bound" { "quantum bound" } else { "visibility v" };
            let number = |point: &Option<&SweepPoint>| Some(point.as_ref()?.quantum_outer.as_ref()?.value);
            let numbers = grid.iter().map(|column| column.iter().map(number).collect()).collect();
            Cells::Numbers(name.to_owned(), numbers)
        };
        let across = MapAxis { name: self.parameter.clone(), values };
        let up = MapAxis { name: second.to_owned(), values: rows };
        figure::map(&MapFigure { title: self.title(), across, up, cells }).map(Some)
    }

    /// Whether a point has no verdict either way.
    pub fn is_undecided(&self) -> bool {
        self.has(|point| point.verdict.as_deref() == Some("undecided"))
    }

    /// Whether no point has an answer at all.
    pub fn is_unanswered(&self) -> bool {
        !self.has(|point| point.error.is_none())
    }

    fn has(&self, any: impl Fn(&SweepPoint) -> bool) -> bool {
        self.points.iter().any(any)
    }

    fn title(&self) -> String {
        self.subject.title.clone().unwrap_or_else(|| format!("A sweep of {}", self.parameter))
    }

    fn curves(&self) -> Result<Option<Drawing>, FigureError> {
        let series = |(name, reading): Column| Series {
            name: {
                let name =
                    name.replace("quantum_inner", "quantum, inner").replace("_outer", "").replace('_', "-");
                let numerical = self.points.iter().filter_map(reading).any(|reading| !reading.verified);
                if numerical { name + ", numerical" } else { name }
            },
            points: self.points.iter().map(|p| (p.value, reading(p).map(|reading| reading.value))).collect(),
        };
        let series: Vec<Series> = COLUMNS.into_iter().map(series).collect();
        let series: Vec<Series> = series
            .into_iter()
            .filter(|series| series.points.iter().any(|(_, value)| value.is_some()))
            .collect();
        let span = |points: &[SweepPoint]| Some((points.last()?.value - points.first()?.value).abs());
        // Nothing to be drawn, or no room for an axis between the ends.
        if series.is_empty() || span(&self.points).is_none_or(|span| span < f64::MIN_POSITIVE) {
            return Ok(None);
        }
        figure::curves(&CurveFigure {
            title: self.title(),
            parameter: self.parameter.clone(),
            quantity: if self.compute == "bound" { "Σ tr(F σ)" } else { "visibility v" }.to_owned(),
            series,
        })
        .map(Some)
    }

    fn line(&self, thresholds: &Thresholds) -> Result<Option<Drawing>, FigureError> {
        let [first, .., last] = self.points.as_slice() else { return Ok(None) };
        let (Some(start), Some(end)) = (first.functional, last.functional) else { return Ok(None) };
        // The value is a straight line in the visibility.
        let slope = (end - start) / (last.value - first.value);
        let at = |v: f64| start + slope * (v - first.value);
        figure::visibility_curve(&VisibilityFigure {
            title: self.title(),
            quantity: "Σ tr(F σ)".to_owned(),
            at_zero: at(0.0),
            at_one: at(1.0),
            bounds: Vec::new(),
            thresholds: thresholds.rungs(),
        })
        .map(Some)
    }

    /// The thresholds alone, where there is no functional.
    fn strip(&self, thresholds: &Thresholds) -> Result<Option<Drawing>, FigureError> {
        let rungs = thresholds.rungs();
        if rungs.is_empty() {
            return Ok(None);
        }
        let rows = vec![StripRow::Sets(rungs)];
        figure::strips(&StripFigure { title: self.title(), rows }).map(Some)
    }

    /// The verdicts, where there are no numbers.
    fn verdicts(&self) -> Result<Option<Drawing>, FigureError> {
        let values: Vec<f64> = self.points.iter().map(|point| point.value).collect();
        let cell = |point: &SweepPoint| Cell::named(point.verdict.as_deref().unwrap_or_default());
        let cells: Vec<Cell> = self.points.iter().map(cell).collect();
        let ordered = values.windows(2).all(|pair| pair[0] < pair[1])
            || values.windows(2).all(|pair| pair[0] > pair[1]);
        if values.len() < 2 || !ordered || cells.iter().all(|cell| *cell == Cell::Missing) {
            return Ok(None);
        }
        let across = MapAxis { name: self.parameter.clone(), values };
        figure::verdicts(&self.title(), &across, &cells).map(Some)
    }
}

/// A text as one field.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\"").replace('\n', " "))
}

impl Text for SweepReport {
    /// The thresholds, and the points: all of them, or of many those around a change of the verdict.
    fn text(&self) -> String {
        const MANY: usize = 40;
        let mut text = heading(&self.subject);
        let second =
            self.second_parameter.as_ref().map(|second| format!(" and {second}")).unwrap_or_default();
        let _ = writeln!(text, "{} along {}{second}, level {}\n", self.compute, self.parameter, self.level);
        if let Some(thresholds) = &self.thresholds {
            text.push_str("visibilities at which it changes\n");
            let rows = [
                ("not classical above", &thresholds.classical),
                ("quantum at least up to", &thresholds.quantum_inner),
                ("not quantum above", &thresholds.quantum_outer),
            ];
            for (name, reading) in rows {
                let _ = writeln!(text, "  {name:<24}{}", shown(reading.as_ref()));
            }
            text.push('\n');
        }
        text += &self.shown_changes(MANY);
        let few = self.points.len() <= MANY;
        if self.second_parameter.is_some() && !few {
            let _ = writeln!(text, "{} points: see the tables in the folder", self.points.len());
            return text + &self.shown_failures();
        }
        let changes = |k: usize| {
            let verdict = |k: usize| self.points.get(k).map(|point| &point.verdict);
            k == 0
                || k + 1 == self.points.len()
                || verdict(k) != verdict(k - 1)
                || verdict(k) != verdict(k + 1)
        };
        let all = few || self.points.iter().all(|point| point.verdict.is_none());
        let used: Vec<Column> = COLUMNS
            .into_iter()
            .filter(|(_, reading)| self.points.iter().any(|p| reading(p).is_some()))
            .collect();
        let mut rows = vec![self.head(&used)];
        rows.extend(
            (0..self.points.len()).filter(|&k| all || changes(k)).map(|k| self.row(&self.points[k], &used)),
        );
        columns(&rows, "  ").iter().for_each(|line| text += &format!("{line}\n"));
        if !all {
            let _ = writeln!(
                text,
                "{} of {} points: those where the verdict changes",
                rows.len() - 1,
                self.points.len()
            );
        }
        text + &self.shown_failures()
    }
}

/// What is said beside a verdict that is not verified; those that are no claims of a solver's need not be.
fn worth(verdict: &str, verified: bool) -> &'static str {
    if verdict.ends_with("quantum") && !verified { " (numerical)" } else { "" }
}

impl SweepReport {
    /// The places where the verdict changes, at most so many.
    fn shown_changes(&self, most: usize) -> String {
        if self.changes.is_empty() {
            return String::new();
        }
        let mut text = "where the verdict changes\n".to_owned();
        let second = self.second_parameter.as_deref().unwrap_or_default();
        for Change { second: at, last, first } in self.changes.iter().take(most) {
            let at = at.map(|at| format!("{second} = {}: ", decimal(at))).unwrap_or_default();
            let [last, first] = [last, first].map(|Side { value, verdict, verified }| {
                format!("{verdict} at {}{}", decimal(*value), worth(verdict, *verified))
            });
            let _ = writeln!(text, "  {at}{last}, {first}");
        }
        if self.changes.len() > most {
            let _ = writeln!(text, "  and {} more", self.changes.len() - most);
        }
        text.push('\n');
        text
    }

    fn shown_failures(&self) -> String {
        let mut text = String::new();
        let failed = self.points.iter().filter(|point| point.error.is_some()).count();
        if failed > 0 {
            let _ = writeln!(text, "{}", Style::Alert.paint(format!("{failed} points have no answer")));
        }
        text
    }

    fn head(&self, used: &[Column]) -> Vec<String> {
        let mut head = vec![self.parameter.clone()];
        head.extend(self.second_parameter.clone());
        if self.has(|point| point.functional.is_some()) {
            head.push("Σ tr(Fσ)".to_owned());
        }
        if self.has(|point| point.verdict.is_some()) {
            head.push("verdict".to_owned());
        }
        head.extend(used.iter().map(|(name, _)| name.replace('_', " ")));
        head
    }

    fn row(&self, point: &SweepPoint, used: &[Column]) -> Vec<String> {
        let mut row = vec![decimal(point.value)];
        row.extend(point.second.map(decimal));
        if let Some(error) = &point.error {
            row.push(format!("no answer: {error}"));
            return row;
        }
        row.extend(point.functional.map(decimal));
        if let Some(verdict) = &point.verdict {
            let region = point.region.as_deref().filter(|region| *region == "classical");
            let region = region.map(|region| format!(", {region}")).unwrap_or_default();
            row.push(format!("{verdict}{}{region}", worth(verdict, point.verified == Some(true))));
        }
        row.extend(used.iter().map(|(_, reading)| shown(reading(point))));
        row
    }
}

fn shown(reading: Option<&Reading>) -> String {
    let Some(Reading { value, verified }) = reading else { return "—".to_owned() };
    let closed = closed_form(*value).filter(|closed| closed.parse::<f64>().is_err());
    let closed = closed.map(|closed| format!(" ({closed})")).unwrap_or_default();
    let worth = if *verified { "" } else { " numerical" };
    format!("{}{closed}{worth}", decimal(*value))
}
