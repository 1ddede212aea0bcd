//! The sheet that figures are drawn on: a thin layer over plotters' SVG backend, which keeps what was drawn for
//! [`raster`](super::raster).

use std::cell::RefCell;

use super::{Drawing, FigureError};
use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Plotters rounds every coordinate to an integer. The drawing is made this many times larger than it is
/// shown, so that a dot sits on its line to a twentieth of a pixel and strokes may be 1.5 pixels wide.
pub(super) const FINENESS: f64 = 10.0;

/// A colour.
pub(super) type Colour = RGBColor;

/// White, so that figures are readable in a dark viewer too.
pub(super) const PAPER: Colour = WHITE;
/// Text, axes and whatever is no region or bound.
pub(super) const INK: Colour = RGBColor(0x22, 0x22, 0x22);
/// Tick labels.
pub(super) const GREY: Colour = RGBColor(0x55, 0x55, 0x55);

// Okabe and Ito's colours, told apart under the common colour blindnesses.
pub(super) const GREEN: Colour = RGBColor(0x00, 0x9E, 0x73);
pub(super) const SKY: Colour = RGBColor(0x56, 0xB4, 0xE9);
pub(super) const BLUE: Colour = RGBColor(0x00, 0x72, 0xB2);
pub(super) const VERMILION: Colour = RGBColor(0xD5, 0x5E, 0x00);
pub(super) const PURPLE: Colour = RGBColor(0xCC, 0x79, 0xA7);
pub(super) const ORANGE: Colour = RGBColor(0xE6, 0x9F, 0x00);

/// `colour` thinned with white. Opaque, because printing handles transparency badly.
pub(super) fn tint(colour: Colour, strength: f64) -> Colour {
    let thin = |c: u8| (255.0 - (255.0 - f64::from(c)) * strength).round() as u8;
    RGBColor(thin(colour.0), thin(colour.1), thin(colour.2))
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stroke {
    pub colour: Colour,
    pub width: f64,
    /// Lengths of dash and gap; `None` for a solid line.
    pub dash: Option<(f64, f64)>,
}

impl Stroke {
    pub(super) fn solid(colour: Colour, width: f64) -> Self {
        Self { colour, width, dash: None }
    }
}

/// Where the given point lies in a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Type {
    pub size: f64,
    pub bold: bool,
    pub colour: Colour,
}

impl Type {
    /// An upper estimate of the width of `text` in pixels. The reader's font is unknown, so the widths are
    /// those of DejaVu Sans, one of the widest that `sans-serif` stands for.
    pub(super) fn width(self, text: &str) -> f64 {
        let ems: f64 = text.chars().map(em_width).sum();
        ems * self.size * if self.bold { 1.1 } else { 1.0 }
    }
}

fn em_width(c: char) -> f64 {
    match c {
        '\u{300}'..='\u{36f}' => 0.0,
        'i' | 'j' | 'l' | '\'' | '|' | ' ' | '.' | ',' | ':' | ';' | 'I' => 0.33,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.98,
        '=' | '≈' | '≤' | '≥' | '<' | '>' | '+' | '−' | '×' | '·' => 0.84,
        'A'..='Z' => 0.72,
        // Everything beyond Latin, Greek and the mathematical signs may be as wide as it is high.
        '\u{2e80}'.. => 1.05,
        _ => 0.64,
    }
}

/// Something on the sheet, in pixels as shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    /// A filled polygon.
    Area(Vec<(f64, f64)>, Colour),
    /// A filled circle.
    Disc { centre: (f64, f64), radius: f64, colour: Colour },
    /// A broken line.
    Line(Vec<(f64, f64)>, Stroke),
    /// A line of text, vertically centred on `at`.
    Text { text: String, at: (f64, f64), anchor: Anchor, style: Type, upwards: bool },
}

/// A sheet of white paper; coordinates are in pixels as shown, y downwards.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    marks: RefCell<Vec<Mark>>,
}

impl Canvas<'_> {
    /// What `paint` puts on a sheet of the given size.
    pub(super) fn paint(
        width: f64,
        height: f64,
        paint: impl FnOnce(&Canvas) -> Result<(), FigureError>,
    ) -> Result<Drawing, FigureError> {
        let size = (fine(width).unsigned_abs(), fine(height).unsigned_abs());
        let mut svg = String::new();
        let marks = {
            let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            let canvas = Canvas { area, marks: RefCell::default() };
            canvas.area.fill(&PAPER).map_err(broken)?;
            paint(&canvas)?;
            canvas.area.present().map_err(broken)?;
            canvas.marks.into_inner()
        };
        // The view box stays fine; only the size at which it is shown shrinks.
        let drawn = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
        let shown = format!("width=\"{}\" height=\"{}\"", width.round(), height.round());
        let svg = svg.replacen(&drawn, &shown, 1);
        Ok(Drawing { svg, marks, size: (width.round() as u32, height.round() as u32) })
    }

    fn keep(&self, mark: Mark) {
        self.marks.borrow_mut().push(mark);
    }

    /// A filled rectangle with two opposite corners.
    pub(super) fn rectangle(&self, a: (f64, f64), b: (f64, f64), colour: Colour) -> Result<(), FigureError> {
        self.keep(Mark::Area(vec![a, (b.0, a.1), b, (a.0, b.1)], colour));
        let corners = [fine_point((a.0.min(b.0), a.1.min(b.1))), fine_point((a.0.max(b.0), a.1.max(b.1)))];
        self.area.draw(&Rectangle::new(corners, colour.filled())).map_err(broken)
    }

    /// A broken line through `points`.
    pub(super) fn line(&self, points: &[(f64, f64)], stroke: Stroke) -> Result<(), FigureError> {
        self.keep(Mark::Line(points.to_vec(), stroke));
        let style = ShapeStyle::from(&stroke.colour).stroke_width(fine(stroke.width).unsigned_abs());
        let points: Vec<_> = points.iter().map(|&p| fine_point(p)).collect();
        match stroke.dash {
            None => self.area.draw(&PathElement::new(points, style)),
            Some((dash, gap)) => {
                self.area.draw(&DashedPathElement::new(points, fine(dash), fine(gap), style))
            }
        }
        .map_err(broken)
    }

    /// A filled circle with a white rim, which keeps it apart from the lines that meet in it.
    pub(super) fn dot(&self, centre: (f64, f64), radius: f64, colour: Colour) -> Result<(), FigureError> {
        self.disc(centre, radius + 1.5, PAPER)?;
        self.disc(centre, radius, colour)
    }

    /// A filled circle.
    pub(super) fn disc(&self, centre: (f64, f64), radius: f64, colour: Colour) -> Result<(), FigureError> {
        self.keep(Mark::Disc { centre, radius, colour });
        let circle = Circle::new(fine_point(centre), fine(radius), colour.filled());
        self.area.draw(&circle).map_err(broken)
    }

    /// A filled polygon.
    pub(super) fn polygon(&self, corners: &[(f64, f64)], colour: Colour) -> Result<(), FigureError> {
        self.keep(Mark::Area(corners.to_vec(), colour));
        let corners: Vec<_> = corners.iter().map(|&corner| fine_point(corner)).collect();
        self.area.draw(&Polygon::new(corners, colour.filled())).map_err(broken)
    }

    /// A filled diamond with a white rim.
    pub(super) fn diamond(&self, (x, y): (f64, f64), radius: f64, colour: Colour) -> Result<(), FigureError> {
        for (r, colour) in [(radius + 2.0, PAPER), (radius, colour)] {
            self.polygon(&[(x - r, y), (x, y - r), (x + r, y), (x, y + r)], colour)?;
        }
        Ok(())
    }

    /// Text, vertically centred on `at`.
    pub(super) fn text(
        &self,
        text: &str,
        at: (f64, f64),
        anchor: Anchor,
        style: Type,
    ) -> Result<(), FigureError> {
        self.set(text, at, anchor, style, FontTransform::None)
    }

    /// Text that reads upwards, centred on `at`.
    pub(super) fn text_upwards(&self, text: &str, at: (f64, f64), style: Type) -> Result<(), FigureError> {
        self.set(text, at, Anchor::Middle, style, FontTransform::Rotate270)
    }

    fn set(
        &self,
        text: &str,
        at: (f64, f64),
        anchor: Anchor,
        style: Type,
        turn: FontTransform,
    ) -> Result<(), FigureError> {
        // The backend escapes <, &, > and quotes, but XML has no way at all to write a control character.
        let text: String = text.chars().map(|c| if is_xml(c) { c } else { ' ' }).collect();
        if text.trim().is_empty() {
            return Ok(());
        }
        let upwards = !matches!(turn, FontTransform::None);
        self.keep(Mark::Text { text: text.clone(), at, anchor, style, upwards });
        let horizontal = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let weight = if style.bold { FontStyle::Bold } else { FontStyle::Normal };
        // The backend divides font sizes by 1.24.
        let font = FontDesc::new(FontFamily::SansSerif, style.size * FINENESS * 1.24, weight).transform(turn);
        let style = TextStyle::from(font).color(&style.colour).pos(Pos::new(horizontal, VPos::Center));
        self.area.draw(&Text::new(text, fine_point(at), style)).map_err(broken)
    }
}

fn is_xml(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')
}

fn fine(length: f64) -> i32 {
    (length * FINENESS).round() as i32
}

fn fine_point((x, y): (f64, f64)) -> (i32, i32) {
    (fine(x), fine(y))
}

fn broken(error: impl std::error::Error) -> FigureError {
    FigureError::Drawing(error.to_string())
}
