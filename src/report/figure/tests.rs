//! What every figure has in common, and the ladder and the line against visibility.

use super::*;

fn ladder(figure: &LadderFigure) -> Result<String, FigureError> {
    super::ladder(figure).map(Drawing::into_svg)
}

fn visibility_curve(figure: &VisibilityFigure) -> Result<String, FigureError> {
    super::visibility_curve(figure).map(Drawing::into_svg)
}

pub(super) fn rung(name: &str, value: f64, label: &str) -> Rung {
    Rung { name: name.to_owned(), value, label: label.to_owned() }
}

/// Eq. (6) as its own functional [Theory §8], times `scale`.
fn eq6_ladder(scale: f64) -> LadderFigure {
    LadderFigure {
        title: "Eq. (6)".to_owned(),
        quantity: "Σ tr(F σ)".to_owned(),
        rungs: vec![
            rung("classical", scale * 12f64.sqrt(), "2√3"),
            rung("quantum", scale * 24f64.sqrt(), "2√6"),
            rung("no-signalling", scale * 6.0, "6"),
        ],
        assemblage: Some(rung("assemblage", scale * 6.0, "six")),
    }
}

fn eq6_visibility(scale: f64) -> VisibilityFigure {
    let ladder = eq6_ladder(scale);
    VisibilityFigure {
        title: ladder.title,
        quantity: ladder.quantity,
        at_zero: 0.0,
        at_one: scale * 6.0,
        bounds: ladder.rungs[..2].to_vec(),
        thresholds: vec![
            rung("classical", 3f64.sqrt() / 3.0, "1/√3"),
            rung("quantum", 6f64.sqrt() / 3.0, "√6/3"),
        ],
    }
}

/// What stands in `name="…"` in a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
    let start = tag.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
    tag[start..].split('"').next().unwrap()
}

fn number(tag: &str, name: &str) -> f64 {
    attribute(tag, name).parse().unwrap()
}

/// The tags called `name`.
pub(super) fn tags<'a>(svg: &'a str, name: &str) -> Vec<&'a str> {
    svg.split('<').filter(|tag| tag.starts_with(&format!("{name} "))).collect()
}

/// The lines of text, unescaped as far as these tests need it, with x and y in pixels.
pub(super) fn texts(svg: &str) -> Vec<(String, f64, f64)> {
    let text = |tag: &&str| {
        let content = tag.split_once('>').unwrap().1.trim().to_owned();
        (content, number(tag, "x") / canvas::FINENESS, number(tag, "y") / canvas::FINENESS)
    };
    tags(svg, "text").iter().map(text).collect()
}

/// Tags are balanced, attributes closed, and & only begins one of XML's own entities.
pub(super) fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    for piece in svg.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap());
        }
        for entity in text.split('&').skip(1) {
            let known = ["lt;", "gt;", "amp;", "quot;", "apos;"];
            assert!(known.iter().any(|k| entity.starts_with(k)), "&{entity}");
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(!svg.contains(|c: char| c.is_control() && c != '\n'));
}

#[test]
fn figures_hold_their_labels_and_are_the_same_every_time() {
    let svg = ladder(&eq6_ladder(1.0)).unwrap();
    assert_well_formed(&svg);
    let words: Vec<String> = texts(&svg).into_iter().map(|t| t.0).collect();
    for word in ["Eq. (6)", "Σ tr(F σ)", "classical", "2√3", "2√6", "no-signalling", "six", "post-quantum"]
    {
        assert!(words.iter().any(|w| w == word), "{word} in {words:?}");
    }
    assert_eq!(svg, ladder(&eq6_ladder(1.0)).unwrap());

    let svg = visibility_curve(&eq6_visibility(1.0)).unwrap();
    assert_well_formed(&svg);
    let words: Vec<String> = texts(&svg).into_iter().map(|t| t.0).collect();
    for word in ["Σ tr(F σ)", "visibility v", "1/√3", "√6/3", "2√3", "2√6", "classical", "quantum", "post-"]
    {
        assert!(words.iter().any(|w| w == word), "{word} in {words:?}");
    }
    assert_eq!(svg, visibility_curve(&eq6_visibility(1.0)).unwrap());
}

#[test]
fn a_figure_is_shown_at_its_size_and_drawn_finer() {
    let svg = ladder(&eq6_ladder(1.0)).unwrap();
    let head = tags(&svg, "svg")[0];
    assert_eq!((number(head, "width"), number(head, "height")), SHEET);
    assert_eq!(attribute(head, "viewBox"), "0 0 7600 4800");
}

#[test]
fn text_is_escaped() {
    let title = "a < b & \"c\" > 'd'\u{1}";
    let svg = ladder(&LadderFigure { title: title.to_owned(), ..eq6_ladder(1.0) }).unwrap();
    assert_well_formed(&svg);
    assert!(svg.contains("a &lt; b &amp; &quot;c&quot; &gt; &apos;d&apos;"));
    let svg = visibility_curve(&VisibilityFigure { title: title.to_owned(), ..eq6_visibility(1.0) }).unwrap();
    assert_well_formed(&svg);
}

/// Dots lie where the line meets both its bound and its threshold, whichever way and however far it goes.
#[test]
fn dots_mark_the_crossings() {
    for scale in [1.0, -1.0, 1e-9, 1e12] {
        let svg = visibility_curve(&eq6_visibility(scale)).unwrap();
        let line = tags(&svg, "polyline").into_iter().find(|t| attribute(t, "stroke-width") == "24").unwrap();
        let ends: Vec<f64> = attribute(line, "points").split([',', ' ']).flat_map(str::parse).collect();
        let bound = |colour: Colour| {
            let colour = format!("#{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2);
            let is_it = |t: &&str| attribute(t, "stroke") == colour && attribute(t, "stroke-width") == "18";
            let dash = tags(&svg, "polyline").into_iter().find(is_it).unwrap();
            attribute(dash, "points").split([',', ' ']).nth(1).unwrap().parse::<f64>().unwrap()
        };
        // Each dot is a circle on a white one.
        let dots: Vec<&str> = tags(&svg, "circle").into_iter().skip(1).step_by(2).collect();
        let expected = [(3f64.sqrt() / 3.0, bound(GREEN)), (6f64.sqrt() / 3.0, bound(BLUE))];
        assert_eq!(dots.len(), expected.len());
        for (dot, (v, y)) in dots.iter().zip(expected) {
            // Everything is rounded to a unit, a tenth of a pixel.
            assert!((number(dot, "cx") - (ends[0] + v * (ends[2] - ends[0]))).abs() <= 1.0, "{scale}: {dot}");
            assert!((number(dot, "cy") - (ends[1] + v * (ends[3] - ends[1]))).abs() <= 1.0, "{scale}: {dot}");
            assert!((number(dot, "cy") - y).abs() <= 1.0, "{scale}: {dot} but the bound is at {y}");
        }
    }
}

#[test]
fn labels_of_equal_bounds_keep_apart_and_in_order() {
    for value in [1.0, -1.0, 0.0] {
        let mut figure = eq6_ladder(1.0);
        let downwards = ["assemblage", "no-signalling", "quantum", "classical"];
        figure.rungs.iter_mut().chain(&mut figure.assemblage).for_each(|rung| rung.value = value);
        let texts = texts(&ladder(&figure).unwrap());
        // Names of regions may repeat the words, further to the left.
        let height = |name: &str| {
            let labels = texts.iter().filter(|t| t.0 == name);
            labels.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap().2
        };
        for pair in downwards.windows(2) {
            assert!(height(pair[1]) - height(pair[0]) >= LABEL_HEIGHT - 0.2);
        }
    }
}

#[test]
fn a_minimisation_leads_downwards() {
    let regions =
        |rungs: &[Rung], upwards| bands(rungs, upwards).iter().map(|b| b.region).collect::<Vec<_>>();
    let figure = eq6_ladder(-1.0);
    assert_eq!(leads_upwards(&figure.rungs), Some(false));
    let expected = [Region::Classical, Region::Undecided, Region::PostQuantum, Region::Unknown];
    assert_eq!(regions(&figure.rungs, false), expected);
    let sandwich = [rung("quantum inner", 0.7, ""), rung("quantum outer", 0.7 - 1e-9, "")];
    let bands = bands(&sandwich, true);
    assert_eq!(regions(&sandwich, true), [Region::Quantum, Region::Undecided, Region::PostQuantum]);
    assert_eq!(bands[1].from, bands[1].to, "a solver's error leaves the region empty");
}

#[test]
fn numbers_that_cannot_be_drawn_are_refused() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut figure = eq6_ladder(1.0);
        figure.rungs[1].value = bad;
        let error = ladder(&figure).unwrap_err();
        assert!(error.to_string().starts_with("quantum is "), "{error}");
        let mut figure = eq6_visibility(1.0);
        figure.at_one = bad;
        assert!(matches!(visibility_curve(&figure), Err(FigureError::NotFinite { .. })));
        let mut figure = eq6_visibility(1.0);
        figure.thresholds[0].value = bad;
        assert!(matches!(visibility_curve(&figure), Err(FigureError::NotFinite { .. })));
    }
    let mut figure = eq6_visibility(1.0);
    figure.thresholds[1].value = 1.1;
    assert!(matches!(visibility_curve(&figure), Err(FigureError::NotAVisibility { .. })));
    let bare = LadderFigure { rungs: vec![], ..eq6_ladder(1.0) };
    assert!(matches!(ladder(&bare), Err(FigureError::Nothing)));
}

#[test]
fn degenerate_figures_are_drawn() {
    for scale in [0.0, 1e-310, 1e-9, 1e9, f64::MAX / 6.5] {
        for sign in [1.0, -1.0] {
            assert_well_formed(&ladder(&eq6_ladder(sign * scale)).unwrap());
            let svg = visibility_curve(&eq6_visibility(sign * scale)).unwrap();
            assert_well_formed(&svg);
            assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }
    }
    let bare = VisibilityFigure { bounds: vec![], thresholds: vec![], ..eq6_visibility(1.0) };
    assert_well_formed(&visibility_curve(&bare).unwrap());
}
