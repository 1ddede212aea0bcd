//! Thresholds along the visibility, without the value of an inequality: one strip for each question.

use super::canvas::{Anchor, Canvas, GREY, INK, Stroke, Type};
use super::layout::{BORDER, Heading, Plot, X_AXIS_HEIGHT, draw_visibility_axis};
use super::{
    Band, Drawing, FigureError, LABEL_GAP, LABEL_HEIGHT, PHASE_HEIGHT, RISE, Region, Rung, SHEET, bands,
    draw_phases, label_above, label_width, visibility,
};

/// Strips from visibility 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct StripFigure {
    /// The heading.
    pub title: String,
    /// The strips, from top to bottom.
    pub rows: Vec<StripRow>,
}

/// One strip.
#[derive(Debug, Clone, PartialEq)]
pub enum StripRow {
    /// Up to which visibility an assemblage is in each set; colours follow from the names as in a ladder.
    Sets(Vec<Rung>),
    /// Up to which visibility maps of a reference make it, and for which input, such as `y = 0`.
    Maps {
        /// The input.
        input: String,
        /// The greatest visibility.
        greatest: Rung,
    },
}

impl StripRow {
    fn thresholds(&self) -> &[Rung] {
        match self {
            Self::Sets(rungs) => rungs,
            Self::Maps { greatest, .. } => std::slice::from_ref(greatest),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Sets(_) => "",
            Self::Maps { input, .. } => input,
        }
    }

    fn bands(&self) -> Vec<Band> {
        match self {
            Self::Sets(rungs) => bands(rungs, true),
            Self::Maps { greatest, .. } => {
                let at = greatest.value.clamp(0.0, 1.0);
                let beyond = Band { from: Some(at), to: None, region: Region::NotRealisable };
                let within = Band { from: None, to: Some(at), region: Region::Realisable };
                // A map at visibility 1 leaves nothing beyond.
                if at >= 1.0 { vec![within] } else { vec![within, beyond] }
            }
        }
    }
}

const NAME: Type = Type { size: 15.0, bold: false, colour: INK };
/// Height of a strip: two lines of names of regions, and air.
const STRIP: f64 = PHASE_HEIGHT + 22.0;
/// Height of what stands above it.
const ABOVE: f64 = LABEL_HEIGHT + RISE + 8.0;

/// The strips as a drawing.
///
/// # Errors
/// No threshold at all, or one outside [0, 1].
pub fn strips(figure: &StripFigure) -> Result<Drawing, FigureError> {
    let all = || figure.rows.iter().flat_map(StripRow::thresholds);
    if all().next().is_none() {
        return Err(FigureError::Nothing);
    }
    all().try_for_each(visibility)?;
    let header =
        |row: &StripRow| -> f64 { row.thresholds().iter().map(|r| label_width(r) + LABEL_GAP).sum() };
    let widest = figure.rows.iter().map(header).fold(0.0, f64::max);
    let names = figure.rows.iter().map(|row| NAME.width(row.name())).fold(0.0, f64::max);
    let left = (BORDER + names + if names > 0.0 { 12.0 } else { 8.0 }).ceil();
    let width = SHEET.0.max(widest + 2.0 * BORDER).ceil();
    let title = Heading::new(&figure.title, width);
    let bottom = |k: usize| title.height() + (ABOVE + STRIP) * (k + 1) as f64;
    let plot = |k: usize| Plot {
        left,
        top: bottom(k) - STRIP,
        right: width - 2.0 * BORDER,
        bottom: bottom(k),
        floor: bottom(k),
    };
    let last = figure.rows.len() - 1;
    Canvas::paint(width, (bottom(last) + X_AXIS_HEIGHT).ceil(), |canvas| {
        title.write(canvas)?;
        for (k, row) in figure.rows.iter().enumerate() {
            let plot = plot(k);
            let middle = (plot.top + plot.bottom) / 2.0;
            draw_phases(canvas, &plot, middle, row.bands())?;
            let (a, b) = ((plot.left, plot.top), (plot.right, plot.bottom));
            canvas.line(&[a, (b.0, a.1), b, (a.0, b.1), a], Stroke::solid(GREY, 0.8))?;
            canvas.text(row.name(), (left - 12.0, middle), Anchor::End, NAME)?;
            label_above(canvas, &plot, width, row.thresholds())?;
        }
        draw_visibility_axis(canvas, &plot(last))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_well_formed, rung, texts};
    use super::*;

    fn words(figure: &StripFigure) -> Vec<String> {
        let drawing = strips(figure).unwrap();
        assert_well_formed(drawing.svg());
        assert_eq!(drawing, strips(figure).unwrap());
        texts(drawing.svg()).into_iter().map(|text| text.0).collect()
    }

    /// The thresholds of Eq. (6) [Theory §8].
    #[test]
    fn thresholds_have_labels_and_regions_names() {
        let rungs = vec![
            rung("classical", 3f64.sqrt() / 3.0, "1/√3"),
            rung("quantum, inner", 6f64.sqrt() / 3.0 - 1e-9, "below"),
            rung("quantum, outer", 6f64.sqrt() / 3.0, "√6/3"),
        ];
        let figure = StripFigure { title: "Eq. (6)".to_owned(), rows: vec![StripRow::Sets(rungs)] };
        let words = words(&figure);
        for word in ["classical", "1/√3", "√6/3", "quantum", "post-quantum", "visibility v"] {
            assert!(words.iter().any(|w| w == word), "{word} in {words:?}");
        }
        // The region between the two quantum thresholds is too narrow for a name.
        assert!(!words.iter().any(|word| word == "not excluded"));
    }

    /// The channels of Eq. (6) from y = 0 [Theory §8].
    #[test]
    fn maps_have_a_strip_for_each_input() {
        let row = |input: &str, value: f64, label: &str| StripRow::Maps {
            input: input.to_owned(),
            greatest: rung("greatest visibility", value, label),
        };
        let rows = vec![row("y = 0", 1.0, "1"), row("y = 1", 1.0 / 3.0, "1/3")];
        let words = words(&StripFigure { title: "Eq. (6)".to_owned(), rows });
        let count = |word: &str| words.iter().filter(|w| *w == word).count();
        assert_eq!((count("realisable"), count("not realisable")), (2, 1));
        assert_eq!((count("y = 0"), count("y = 1"), count("1/3")), (1, 1, 1));
    }

    #[test]
    fn what_is_no_visibility_is_refused() {
        let figure = |rows| StripFigure { title: String::new(), rows };
        assert!(matches!(strips(&figure(Vec::new())), Err(FigureError::Nothing)));
        assert!(matches!(strips(&figure(vec![StripRow::Sets(Vec::new())])), Err(FigureError::Nothing)));
        let beyond = vec![StripRow::Sets(vec![rung("quantum", 1.5, "3/2")])];
        assert!(matches!(strips(&figure(beyond)), Err(FigureError::NotAVisibility { .. })));
    }
}
