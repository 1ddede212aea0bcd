//! Bounds or thresholds along a parameter.

use super::canvas::{Canvas, Stroke};
use super::layout::{BORDER, Heading, ParameterAxis, Plot, ValueAxis, X_AXIS_HEIGHT};
use super::{
    Drawing, FigureError, LABEL_HEIGHT, Placed, Region, Role, Rung, SHEET, finite, label_right, margin_width,
};

/// Several numbers along a parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct CurveFigure {
    /// The heading.
    pub title: String,
    /// The title of the horizontal axis, such as `beta`.
    pub parameter: String,
    /// The title of the vertical axis, such as `Σ tr(F σ)`.
    pub quantity: String,
    /// The curves.
    pub series: Vec<Series>,
}

/// One curve. Its colour follows from the words of its name, as that of a [`Rung`] does.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What it is.
    pub name: String,
    /// (parameter, number) in the order of the parameter; the curve is interrupted where there is no number.
    pub points: Vec<(f64, Option<f64>)>,
}

/// The curves as a drawing, each with its name and last number at its end, and what is known between them in the shades of the
/// ladder.
///
/// # Errors
/// No number at all, or one that is not finite.
pub fn curves(figure: &CurveFigure) -> Result<Drawing, FigureError> {
    let all =
        || figure.series.iter().flat_map(|series| series.points.iter().map(move |point| (series, point)));
    for (series, (at, value)) in all() {
        finite(&figure.parameter, *at)?;
        value.map_or(Ok(()), |value| finite(&series.name, value))?;
    }
    let values: Vec<f64> = all().filter_map(|(_, (_, value))| *value).collect();
    let ends = all().map(|(_, (at, _))| *at);
    let range = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), at| (lo.min(at), hi.max(at)));
    if values.is_empty() || range.0 >= range.1 {
        return Err(FigureError::Nothing);
    }
    let last = |series: &Series| series.points.iter().rev().find_map(|(_, value)| *value);
    let rung = |series: &Series| {
        last(series).map(|value| Rung {
            name: series.name.clone(),
            value,
            label: crate::report::decimal(value),
        })
    };
    let rungs: Vec<Rung> = figure.series.iter().filter_map(rung).collect();

    let axis = ValueAxis::new(&figure.quantity, &values);
    let across = ParameterAxis { title: figure.parameter.clone(), range };
    let margin = margin_width(&rungs.iter().collect::<Vec<_>>());
    let width = (axis.width() + 320.0 + margin).max(SHEET.0).ceil();
    let title = Heading::new(&figure.title, width);
    let top = title.height();
    let room = axis.title_width().max(LABEL_HEIGHT * rungs.len() as f64);
    let height = (top + room.max(280.0) + X_AXIS_HEIGHT).max(SHEET.1).ceil();
    let bottom = height - X_AXIS_HEIGHT;
    let plot = Plot { left: axis.width(), top, right: width - margin, bottom, floor: bottom - BORDER };

    Canvas::paint(width, height, |canvas| {
        title.write(canvas)?;
        for band in bands(&figure.series) {
            let corner = |(at, value): &(f64, f64)| (across.x(&plot, *at), axis.y(&plot, *value));
            canvas.polygon(&band.corners.iter().map(corner).collect::<Vec<_>>(), band.region.shade())?;
        }
        axis.draw(canvas, &plot)?;
        across.draw(canvas, &plot)?;
        for series in &figure.series {
            let role = Role::named(&series.name);
            let pixel = |(at, value): &(f64, Option<f64>)| {
                value.map(|value| (across.x(&plot, *at), axis.y(&plot, value)))
            };
            let pixels: Vec<Option<(f64, f64)>> = series.points.iter().map(pixel).collect();
            for part in pixels.split(Option::is_none) {
                let part: Vec<(f64, f64)> = part.iter().copied().flatten().collect();
                match part.as_slice() {
                    [] => {}
                    [alone] => canvas.dot(*alone, 3.0, role.colour())?,
                    line => {
                        let dash = role.dash();
                        canvas.line(line, Stroke { colour: role.colour(), width: 2.4, dash })?;
                    }
                }
            }
        }
        let placed =
            rungs.iter().map(|rung| Placed::new(rung, axis.y(&plot, rung.value), Role::of(rung).colour()));
        label_right(canvas, &plot, placed.collect(), true)
    })
}

/// What is known between two curves.
struct Band {
    /// (parameter, number), around it.
    corners: Vec<(f64, f64)>,
    region: Region,
}

/// The bands between each bound and the next larger set's, in one piece as long as both have numbers.
fn bands(series: &[Series]) -> Vec<Band> {
    let role = |series: &Series| Role::named(&series.name);
    let mut ordered: Vec<&Series> = series.iter().filter(|series| role(series) != Role::Other).collect();
    ordered.sort_by_key(|series| role(series));
    let mut bands = Vec::new();
    for pair in ordered.windows(2) {
        let region = Region::below(role(pair[1]), Some(role(pair[0])));
        let both: Vec<Option<(f64, f64, f64)>> = pair[0]
            .points
            .iter()
            .zip(&pair[1].points)
            .map(|((at, lower), (_, upper))| Some((*at, (*lower)?, (*upper)?)))
            .collect();
        for run in both.split(Option::is_none).filter(|run| run.len() > 1) {
            let there = run.iter().flatten().map(|(at, lower, _)| (*at, *lower));
            let back = run.iter().rev().flatten().map(|(at, _, upper)| (*at, *upper));
            bands.push(Band { corners: there.chain(back).collect(), region });
        }
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, numbers: &[Option<f64>]) -> Series {
        let points = numbers.iter().enumerate().map(|(k, number)| (k as f64, *number)).collect();
        Series { name: name.to_owned(), points }
    }

    /// Between classical and quantum values there are models, between these and the outer bound nothing is known; a point
    /// without a number interrupts both.
    #[test]
    fn bands_lie_between_neighbouring_sets() {
        let all = [
            series("quantum", &[Some(3.0), Some(3.0), Some(3.0), Some(3.0), Some(3.0)]),
            series("classical", &[Some(1.0), Some(1.0), Some(1.0), Some(1.0), Some(1.0)]),
            series("quantum, inner", &[Some(2.0), Some(2.0), None, Some(2.0), None]),
            series("this assemblage", &[Some(5.0); 5]),
        ];
        let found = bands(&all);
        let regions: Vec<Region> = found.iter().map(|band| band.region).collect();
        assert_eq!(regions, [Region::Quantum, Region::Undecided]);
        assert_eq!(found[0].corners, [(0.0, 1.0), (1.0, 1.0), (1.0, 2.0), (0.0, 2.0)]);
        assert_eq!(found[1].corners, [(0.0, 2.0), (1.0, 2.0), (1.0, 3.0), (0.0, 3.0)]);
    }
}
