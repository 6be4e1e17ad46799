//! Whole pictures: well formed, of the asked size, the same twice, and harmless whatever the texts.

mod reading;
mod thumbnail;

use proptest::prelude::*;
use serde_json::Value;

use self::reading::{read_html, read_png, read_xml};
use crate::*;

const HOSTILE: [&str; 8] = [
    "</script><script>alert(1)</script><!--",
    "\" onload='x' <b>&amp;</b> ]]> {{DATA}} {{TITLE}}",
    "\u{202e}evil\u{2066} \u{200f}\u{feff} bidi\u{2028}line\u{2029}",
    "nul \u{0} bell \u{7} escape \u{1b}[31m \u{85} \u{fffe}",
    "$\\alpha_{1}$ \\frac{1}{2} <!-- TeX -->",
    "北京 العربية עברית ℵ₀ 𝔽 👩\u{200d}🔬 e\u{301}",
    "",
    "   ",
];

fn point(position: [f32; 2], topic: Option<u32>, title: &str) -> MapPoint<'_> {
    MapPoint {
        position,
        topics: [topic, None, None],
        month: Some(Month {
            year: 2026,
            month: 11,
        }),
        id: "2611.00001",
        title,
        url: None,
        mark: Mark::None,
        strength: 0.9,
    }
}

fn topic(number: u64, label: &str) -> MapTopic<'_> {
    MapTopic {
        number,
        label,
        level: 0,
        parent: None,
        size: 3,
    }
}

fn small(theme: Theme) -> Style {
    Style {
        width: 480,
        height: 360,
        theme,
        ..Style::default()
    }
}

/// Papers of a spiral, in `topics` topics, with every mark.
fn spiral(count: usize, topics: u32) -> Vec<MapPoint<'static>> {
    let marks = [
        Mark::Liked,
        Mark::Disliked,
        Mark::New,
        Mark::Query,
        Mark::None,
    ];
    (0..count)
        .map(|number| {
            let angle = number as f32 * 0.7;
            let position = [angle.cos() * number as f32, angle.sin() * number as f32];
            let topic = u32::try_from(number).unwrap() % topics;
            MapPoint {
                mark: marks[number % 5],
                ..point(position, Some(topic), "A title & more")
            }
        })
        .collect()
}

fn all(input: &MapInput<'_>, style: &Style) -> Value {
    let names = read_xml(&svg(input, style).unwrap());
    assert_eq!(names[0], "svg");
    let (width, height, _) = read_png(&png(input, style).unwrap());
    assert_eq!((width, height), (style.width, style.height));
    read_html(&html(input, style).unwrap())
}

#[test]
fn hostile_texts_stay_texts_in_all_three_pictures() {
    let topics = HOSTILE.map(|label| topic(1, label));
    let points: Vec<MapPoint<'_>> = (0_u16..)
        .zip(HOSTILE)
        .map(|(number, title)| {
            let place = [f32::from(number), f32::from(number % 3)];
            let mut point = point(place, Some(u32::from(number)), title);
            point.id = title;
            point.url = Some("javascript:alert(1)");
            point.mark = Mark::Liked;
            point
        })
        .collect();
    let input = MapInput {
        title: HOSTILE[0],
        subtitle: HOSTILE[1],
        points: &points,
        topics: &topics,
    };
    let data = all(&input, &small(Theme::Dark));
    let mut found: Vec<&str> = Vec::new();
    for title in data["titles"].as_array().unwrap() {
        found.push(title.as_str().unwrap());
    }
    found.sort_unstable();
    let mut expected = HOSTILE;
    expected.sort_unstable();
    assert_eq!(found, expected, "titles come back letter for letter");
    assert_eq!(
        data["urls"].as_object().unwrap().len(),
        0,
        "only web addresses are links"
    );
}

#[test]
fn pictures_without_papers_or_with_few_are_drawn() {
    for count in [0, 1, 2] {
        let points = spiral(count, 1);
        let topics = [topic(1, "only"), topic(2, "without papers")];
        let input = MapInput {
            title: "Few",
            subtitle: "",
            points: &points,
            topics: &topics,
        };
        let data = all(&input, &small(Theme::Light));
        assert_eq!(data["facts"]["count"], count);
        assert_eq!(data["facts"]["topics"].as_array().unwrap().len(), 2);
        assert_eq!(
            data["facts"]["labels"].as_array().unwrap().len(),
            count.min(1)
        );
    }
}

#[test]
fn papers_on_one_spot_are_drawn() {
    let points = vec![point([3.5, -2.0], Some(0), "Same"); 300];
    let topics = [topic(1, "one spot")];
    let input = MapInput {
        title: "",
        subtitle: "",
        points: &points,
        topics: &topics,
    };
    let data = all(&input, &small(Theme::Light));
    assert_eq!(data["facts"]["extent"], serde_json::json!([0.0, 0.0]));
    let dense = Style {
        most_discs: 10,
        ..small(Theme::Light)
    };
    all(&input, &dense);
}

#[test]
fn a_place_that_is_no_number_names_its_paper() {
    for bad in [f32::NAN, f32::INFINITY] {
        let points = [point([0.0, bad], None, "t")];
        let input = MapInput {
            title: "",
            subtitle: "",
            points: &points,
            topics: &[],
        };
        let errors = [
            svg(&input, &Style::default()).unwrap_err(),
            png(&input, &Style::default()).unwrap_err(),
            html(&input, &Style::default()).unwrap_err(),
            place_labels(&input).unwrap_err(),
        ];
        for error in errors {
            assert!(error.to_string().contains("2611.00001"), "{error}");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_with_a_reason() {
    let check = |points: &[MapPoint<'_>], topics: &[MapTopic<'_>]| {
        let input = MapInput {
            title: "",
            subtitle: "",
            points,
            topics,
        };
        place_labels(&input).unwrap_err().to_string()
    };
    let deep = MapTopic {
        level: 2,
        parent: Some(0),
        ..topic(5, "deep")
    };
    let found = check(&[], &[topic(1, "a"), deep]);
    assert!(
        found.contains("topic 5 (`deep`)") && found.contains("one level coarser"),
        "{found}"
    );
    let found = check(&[point([0.0; 2], Some(3), "t")], &[topic(1, "a")]);
    assert!(found.contains("topic 3 at level 0"), "{found}");
    let mut late = point([0.0; 2], None, "t");
    late.month = Some(Month {
        year: 2026,
        month: 13,
    });
    assert!(check(&[late], &[]).contains("2026-13"));
    for (year, month) in [(1899, 12), (7001, 1), (2026, 0), (2026, 13)] {
        assert_eq!(Month::of(year, month), None, "{year}-{month}");
    }
    let first = Month::of(1900, 1);
    assert_eq!(first.map(Month::packed), Some(1));
    let mut early = point([0.0; 2], None, "t");
    early.month = first;
    let drawn = place_labels(&MapInput {
        title: "",
        subtitle: "",
        points: &[early],
        topics: &[],
    });
    assert!(drawn.is_ok());
    let style = Style {
        width: 10,
        ..Style::default()
    };
    let input = MapInput {
        title: "",
        subtitle: "",
        points: &[],
        topics: &[],
    };
    let found = svg(&input, &style).unwrap_err().to_string();
    assert!(found.contains("10 x 1200"), "{found}");
}

#[test]
fn equal_input_gives_equal_bytes_and_more_than_a_few_colours() {
    let topics = [
        topic(1, "alpha rays"),
        topic(2, "beta decay"),
        topic(3, "gamma"),
    ];
    let points = spiral(900, 3);
    let input = MapInput {
        title: "Rays",
        subtitle: "A spiral",
        points: &points,
        topics: &topics,
    };
    for most_discs in [5000, 100] {
        let style = Style {
            most_discs,
            ..small(Theme::Light)
        };
        let first = png(&input, &style).unwrap();
        assert_eq!(first, png(&input, &style).unwrap());
        assert_eq!(svg(&input, &style).unwrap(), svg(&input, &style).unwrap());
        let (_, _, colors) = read_png(&first);
        assert!(colors > 300, "{colors} colours");
    }
    assert_eq!(
        html(&input, &small(Theme::Light)).unwrap(),
        html(&input, &small(Theme::Light)).unwrap()
    );
}

#[test]
fn many_papers_are_an_image_and_few_are_discs_with_their_titles() {
    let topics = [topic(1, "alpha rays")];
    let points = spiral(200, 1);
    let input = MapInput {
        title: "",
        subtitle: "",
        points: &points,
        topics: &topics,
    };
    let count = |most_discs, name: &str| {
        let style = Style {
            most_discs,
            ..small(Theme::Light)
        };
        let names = read_xml(&svg(&input, &style).unwrap());
        names.iter().filter(|found| *found == name).count()
    };
    assert!(count(200, "circle") >= 200);
    assert_eq!(count(200, "image"), 1, "the shade");
    assert_eq!(count(199, "image"), 2, "the shade and the papers");
    assert!(count(199, "circle") < 200, "marks only");
    assert!(count(199, "text") > 0, "labels stay vectors");
}

#[test]
fn the_page_allows_its_own_script_and_no_connection() {
    let input = MapInput {
        title: "Page",
        subtitle: "",
        points: &[],
        topics: &[],
    };
    let page = html(&input, &Style::default()).unwrap();
    let (_, rest) = page.split_once("script-src '").unwrap();
    let (named, _) = rest.split_once('\'').unwrap();
    let (_, script) = page.rsplit_once("<script>").unwrap();
    let (script, _) = script.split_once("</script>").unwrap();
    assert_eq!(named, html::hash(script));
    assert!(page.contains("default-src 'none'"));
    for forbidden in [
        "src=\"http",
        "href=\"http",
        "@import",
        "fetch(",
        "XMLHttpRequest",
        "innerHTML",
        "eval(",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn the_page_holds_the_packed_papers_and_their_texts_in_the_same_order() {
    use base64::Engine as _;
    let topics = [topic(1, "a"), topic(2, "b")];
    let titles: Vec<String> = (0..500).map(|number| format!("paper {number}")).collect();
    let points: Vec<MapPoint<'_>> = spiral(500, 2)
        .into_iter()
        .zip(&titles)
        .map(|(point, title)| MapPoint { title, ..point })
        .collect();
    let input = MapInput {
        title: "",
        subtitle: "",
        points: &points,
        topics: &topics,
    };
    let data = read_html(&html(&input, &Style::default()).unwrap());
    let map = packed(&input).unwrap();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(data["points"].as_str().unwrap())
        .unwrap();
    assert_eq!(bytes, map.points);
    let facts: Value = serde_json::from_str(&map.facts).unwrap();
    assert_eq!(data["facts"], facts);
    for (row, &number) in map.order.iter().enumerate() {
        assert_eq!(data["titles"][row], titles[number as usize]);
    }
}

#[test]
fn the_look_of_the_page_has_the_colours_of_the_pictures() {
    let look = include_str!("../assets/page/map.css");
    for theme in [Theme::Light, Theme::Dark] {
        let palette = palette::Palette::of(theme);
        for color in [palette.ground, palette.ink, palette.quiet] {
            let hex = palette::hex(color);
            assert!(look.contains(&hex), "{hex}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_texts_give_sound_files(
        texts in proptest::collection::vec(any::<String>(), 6),
        places in proptest::collection::vec(any::<(f32, f32)>(), 1..12),
        size in (64_u32..300, 64_u32..300),
    ) {
        let topics = [topic(1, &texts[0]), topic(2, &texts[1])];
        let points: Vec<MapPoint<'_>> = (0_u32..)
            .zip(places.iter().filter(|(x, y)| x.is_finite() && y.is_finite()))
            .map(|(number, &(x, y))| MapPoint {
                id: &texts[2],
                mark: if number % 2 == 0 { Mark::Query } else { Mark::New },
                strength: x,
                ..point([x, y], Some(number % 2), &texts[3])
            })
            .collect();
        let input = MapInput {
            title: &texts[4],
            subtitle: &texts[5],
            points: &points,
            topics: &topics,
        };
        let style = Style { width: size.0, height: size.1, ..Style::default() };
        let data = all(&input, &style);
        for title in data["titles"].as_array().unwrap() {
            prop_assert_eq!(title.as_str().unwrap(), &texts[3]);
        }
    }
}

#[test]
fn a_label_that_cannot_be_read_in_the_picture_is_a_number() {
    let points = spiral(30, 1);
    let topics = [topic(42, "\u{5317}\u{4eac}")];
    let input = MapInput {
        title: "",
        subtitle: "",
        points: &points,
        topics: &topics,
    };
    let style = small(Theme::Light);
    assert!(
        svg(&input, &style)
            .unwrap()
            .contains("\u{5317}\u{4eac}</text>")
    );
    let numbered = [topic(42, "topic 42")];
    let other = MapInput {
        topics: &numbered,
        ..input
    };
    assert_eq!(png(&input, &style).unwrap(), png(&other, &style).unwrap());
}

#[test]
fn a_label_larger_than_the_picture_is_left_out_and_not_cut() {
    let points = spiral(30, 1);
    let topics = [topic(1, "extraordinarily long names")];
    let input = MapInput {
        title: "",
        subtitle: "",
        points: &points,
        topics: &topics,
    };
    let has_label = |width, height| {
        let style = Style {
            width,
            height,
            ..Style::default()
        };
        svg(&input, &style).unwrap().contains("names</text>")
    };
    assert!(has_label(400, 300));
    assert!(!has_label(64, 300), "narrower than the label");
}

#[test]
fn places_are_those_of_the_discs_in_the_picture() {
    let titles = ["first", "second", "third"];
    let points: Vec<MapPoint<'_>> = ([[0.0, 0.0], [4.0, 1.0], [1.0, 3.0]].into_iter())
        .zip(titles)
        .map(|(place, title)| point(place, None, title))
        .collect();
    let input = MapInput {
        title: "",
        subtitle: "",
        points: &points,
        topics: &[],
    };
    let style = small(Theme::Light);
    let picture = svg(&input, &style).unwrap();
    for ([x, y], title) in svg_places(&input, &style).unwrap().into_iter().zip(titles) {
        let (before, _) = picture.split_once(&format!("<title>{title}")).unwrap();
        let (_, disc) = before.rsplit_once("<circle ").unwrap();
        let number = |name: &str| -> f32 {
            let (_, rest) = disc.split_once(&format!("{name}=\"")).unwrap();
            rest.split('"').next().unwrap().parse().unwrap()
        };
        assert!((number("cx") - x).abs() < 0.01, "{disc}: {x}");
        assert!((number("cy") - y).abs() < 0.01, "{disc}: {y}");
    }
}
