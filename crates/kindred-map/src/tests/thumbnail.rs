//! Small pictures beside a text.

use super::reading::read_xml;
use super::{point, small, topic};
use crate::*;

#[test]
fn thumbnails_have_few_labels_in_large_letters_and_nothing_around_the_map() {
    let names: Vec<String> = (1..=24)
        .map(|number| format!("alpha rays {number}"))
        .collect();
    let topics: Vec<MapTopic<'_>> = (1..)
        .zip(&names)
        .map(|(number, name)| topic(number, name))
        .collect();
    let points: Vec<MapPoint<'_>> = (0..960_usize)
        .map(|number| {
            let (row, column) = (number % 24 / 6, number % 6);
            let offset = (number / 24) as f32 / 200.0;
            let place = [column as f32 + offset, row as f32 - offset];
            point(place, Some(u32::try_from(number % 24).unwrap()), "A title")
        })
        .collect();
    let input = MapInput {
        title: "Rays",
        subtitle: "In rows",
        points: &points,
        topics: &topics,
    };
    let letters = |is_thumbnail| -> (usize, f32, bool) {
        let style = Style {
            is_thumbnail,
            ..small(Theme::Light)
        };
        let picture = svg(&input, &style).unwrap();
        read_xml(&picture);
        let sizes: Vec<f32> = (picture.split("font-size=\"").skip(1))
            .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
            .collect();
        let least = sizes.iter().copied().fold(f32::MAX, f32::min);
        (sizes.len(), least, picture.contains("960 papers</text>"))
    };
    let (lines, least, has_legend) = letters(false);
    assert!(
        lines > 24 && least < 7.0 && has_legend,
        "{lines} of {least}"
    );
    let (lines, least, has_legend) = letters(true);
    assert!((6..=24).contains(&lines), "{lines}");
    assert!(least > 12.0 && !has_legend, "{least}");
}
