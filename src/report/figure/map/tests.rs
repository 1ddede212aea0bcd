//! Maps over two parameters: where cells are, and what tells them apart.

use super::super::canvas::Mark;
use super::super::tests::{assert_well_formed, texts};
use super::*;

fn axis(name: &str, values: &[f64]) -> MapAxis {
    MapAxis { name: name.to_owned(), values: values.to_vec() }
}

/// Every kind once, and more of some.
fn verdict_map() -> MapFigure {
    MapFigure {
        title: "A family".to_owned(),
        across: axis("visibility v", &[0.0, 0.5, 1.0]),
        up: axis("angle θ", &[0.0, 1.0]),
        cells: Cells::Verdicts(vec![
            vec![Cell::Classical, Cell::Quantum],
            vec![Cell::Undecided, Cell::PostQuantum],
            vec![Cell::Invalid, Cell::Missing],
        ]),
    }
}

/// What fills the pixel, drawn last.
fn fill(drawing: &Drawing, (x, y): (f64, f64)) -> Option<Colour> {
    let within = |corners: &[(f64, f64)]| {
        let (a, b) = (corners[0], corners[2]);
        (a.0.min(b.0)..=a.0.max(b.0)).contains(&x) && (a.1.min(b.1)..=a.1.max(b.1)).contains(&y)
    };
    drawing.marks.iter().rev().find_map(|mark| match mark {
        Mark::Area(corners, colour) if within(corners) => Some(*colour),
        _ => None,
    })
}

/// The pixel of (v, θ) by the ticks 0 and 1 of both axes.
fn pixel(drawing: &Drawing, v: f64, up: f64) -> (f64, f64) {
    let texts = texts(drawing.svg());
    let height = drawing.size.1 as f64;
    let tick = |text: &str, below: bool| {
        let is = |t: &&(String, f64, f64)| t.0 == text && (t.2 > height - X_AXIS_HEIGHT) == below;
        texts.iter().find(is).map(|t| (t.1, t.2)).unwrap()
    };
    let (x0, x1) = (tick("0.0", true).0, tick("1.0", true).0);
    let (y0, y1) = (tick("0.0", false).1, tick("1.0", false).1);
    (x0 + v * (x1 - x0), y0 + up * (y1 - y0))
}

/// Off the frame.
fn within(value: f64) -> f64 {
    value.clamp(0.03, 0.97)
}

#[test]
fn cells_are_where_their_values_are() {
    let figure = verdict_map();
    let drawing = map(&figure).unwrap();
    assert_well_formed(drawing.svg());
    let Cells::Verdicts(cells) = &figure.cells else { panic!("verdicts") };
    for (i, v) in figure.across.values.iter().enumerate() {
        for (j, up) in figure.up.values.iter().enumerate() {
            // A cell reaches a quarter to either side, and none beyond the ends.
            for shift in [-0.2, 0.0, 0.2] {
                let at = pixel(&drawing, within(v + shift), within(up + shift));
                assert_eq!(fill(&drawing, at), Some(cells[i][j].shade()), "{v} {up} {shift}");
            }
            let [left, below] = [pixel(&drawing, -0.02, within(*up)), pixel(&drawing, within(*v), -0.02)];
            for beyond in [left, below] {
                assert!(
                    Cell::ALL.iter().all(|cell| {
                        cell.shade() == PAPER || fill(&drawing, beyond) != Some(cell.shade())
                    })
                );
            }
        }
    }
    assert_eq!(drawing, map(&figure).unwrap());
}

#[test]
fn the_legend_names_what_there_is() {
    let mut figure = verdict_map();
    let words = |figure: &MapFigure| {
        texts(map(figure).unwrap().svg()).into_iter().map(|text| text.0).collect::<Vec<_>>()
    };
    for kind in Cell::ALL {
        assert!(words(&figure).iter().any(|word| word == kind.name()), "{}", kind.name());
    }
    figure.cells = Cells::Verdicts(vec![vec![Cell::Quantum; 2]; 3]);
    assert!(words(&figure).contains(&"quantum".to_owned()));
    assert!(!words(&figure).contains(&"classical".to_owned()));
    for kind in Cell::ALL {
        assert_eq!(Cell::named(kind.name()), kind);
    }
}

/// Whoever sees no colours has the hatching; whoever sees no fine lines has the shades of grey.
#[test]
fn kinds_differ_without_colour() {
    let grey = |c: Colour| 0.299 * f64::from(c.0) + 0.587 * f64::from(c.1) + 0.114 * f64::from(c.2);
    for (k, one) in Cell::ALL.iter().enumerate() {
        for other in &Cell::ALL[k + 1..] {
            let same_hatch = one.hatch() == other.hatch();
            assert!(
                !same_hatch || (grey(one.shade()) - grey(other.shade())).abs() > 8.0,
                "{one:?} {other:?}"
            );
        }
    }
}

#[test]
fn numbers_go_from_light_to_dark() {
    let cells = vec![vec![Some(-1.0), Some(0.0)], vec![Some(1.0), None], vec![Some(2.0), Some(3.0)]];
    let figure = MapFigure { cells: Cells::Numbers("Σ tr(F σ)".to_owned(), cells), ..verdict_map() };
    let drawing = map(&figure).unwrap();
    let red = |v, up| fill(&drawing, pixel(&drawing, within(v), within(up))).unwrap().0;
    let order = [(0.0, 0.0), (0.0, 1.0), (0.5, 0.0), (1.0, 0.0), (1.0, 1.0)].map(|(v, up)| red(v, up));
    assert!(order.windows(2).all(|pair| pair[0] > pair[1]), "{order:?}");
    assert_eq!(fill(&drawing, pixel(&drawing, 0.5, within(1.0))), Some(PAPER));
    let words: Vec<String> = texts(drawing.svg()).into_iter().map(|text| text.0).collect();
    assert!(["−1", "3", "Σ tr(F σ)"].iter().all(|word| words.iter().any(|w| w == word)), "{words:?}");
}

#[test]
fn what_is_no_map_is_refused() {
    let unordered = MapFigure { across: axis("v", &[0.0, 1.0, 0.5]), ..verdict_map() };
    assert!(matches!(map(&unordered), Err(FigureError::Order(name)) if name == "v"));
    let single = MapFigure { up: axis("θ", &[0.0]), ..verdict_map() };
    assert!(matches!(map(&single), Err(FigureError::Order(_))));
    let short = MapFigure { cells: Cells::Verdicts(vec![vec![Cell::Quantum; 2]; 2]), ..verdict_map() };
    assert!(matches!(map(&short), Err(FigureError::Cells { columns: 3, rows: 2 })));
    let cells = Cells::Numbers("v".to_owned(), vec![vec![Some(f64::NAN); 2]; 3]);
    assert!(matches!(map(&MapFigure { cells, ..verdict_map() }), Err(FigureError::NotFinite { .. })));
    let cells = Cells::Numbers("v".to_owned(), vec![vec![None; 2]; 3]);
    assert!(matches!(map(&MapFigure { cells, ..verdict_map() }), Err(FigureError::Nothing)));
}

/// A decreasing parameter is drawn with its values where they belong.
#[test]
fn one_row_of_verdicts() {
    let across = axis("visibility v", &[1.0, 0.5, 0.0]);
    let drawing = verdicts("Along v", &across, &[Cell::PostQuantum, Cell::Undecided, Cell::Quantum]).unwrap();
    assert_well_formed(drawing.svg());
    let texts = texts(drawing.svg());
    let x = |text: &str| texts.iter().find(|t| t.0 == text).map(|t| t.1).unwrap();
    for (text, cell) in [("0.0", Cell::Quantum), ("1.0", Cell::PostQuantum)] {
        let top = drawing.marks.iter().find_map(|mark| match mark {
            Mark::Area(corners, _) => Some((corners[0].1 + corners[2].1) / 2.0),
            _ => None,
        });
        assert_eq!(fill(&drawing, (x(text), top.unwrap())), Some(cell.shade()), "{text}");
    }
    assert!(verdicts("", &across, &[Cell::Quantum]).is_err());
}
