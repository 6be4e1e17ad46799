//! A tree of topics as a page, and each paper's topics as a table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use kindred_engine::TopicId;
use kindred_engine::answer::{MonthCount, TopicPaper, TopicView, TopicsAnswer};

use crate::html::{STYLE, head};
use crate::markup::{escaped, foreign, foreign_title, link};

/// The style of the page beside that of digests.
const TOPIC_STYLE: &str = include_str!("topics/style.css");
/// Terms shown of a topic.
const TERMS: usize = 8;
/// Size of the line of months, in pixels.
const LINE: (f64, f64) = (96.0, 20.0);

/// Renders a whole tree of topics as one page: its style inside, no script, nothing fetched,
/// well-formed as XML too.
pub fn topics_html(answer: &TopicsAnswer) -> String {
    let topics: BTreeMap<TopicId, &TopicView> = answer
        .topics
        .iter()
        .map(|topic| (topic.id, topic))
        .collect();
    let roots = answer.topics.iter().filter(|topic| topic.parent.is_none());
    let branches: String = roots.map(|topic| branch(topic, &topics)).collect();
    let made = answer.run.as_ref().map_or_else(String::new, |run| {
        let day = run.at.strftime("%Y-%m-%d");
        match run.placed {
            0 => format!("grouped on {day}"),
            1 => format!("grouped on {day}, 1 paper placed since"),
            placed => format!("grouped on {day}, {placed} papers placed since"),
        }
    });
    format!(
        "{}\
         <body>\n<main>\n<header>\n<h1>Topics</h1>\n\
         <p class=\"quiet\">{} papers in {} topics, {}</p>\n<p class=\"quiet\">{}</p>\n</header>\n\
         {branches}<footer class=\"quiet\">Made by Kindred on your own machine. The line beside a \
         topic counts its papers by month.</footer>\n</main>\n</body>\n</html>\n",
        head("Topics", &format!("{STYLE}{TOPIC_STYLE}")),
        answer.papers,
        answer.topics.len(),
        escaped(&made),
        foreign(&answer.body),
    )
}

fn branch(topic: &TopicView, topics: &BTreeMap<TopicId, &TopicView>) -> String {
    let children: String = topic
        .children
        .iter()
        .filter_map(|id| topics.get(id))
        .map(|child| branch(child, topics))
        .collect();
    let terms: Vec<String> = topic
        .terms
        .iter()
        .take(TERMS)
        .map(|(term, _)| foreign(term))
        .collect();
    let papers: String = topic.papers.iter().map(paper).collect();
    format!(
        "<details class=\"topic\"{}>\n<summary><b>{}</b> <span class=\"quiet\">{} · {}</span>\
         {}</summary>\n<p class=\"quiet\">{}</p>\n<ul>\n{papers}</ul>\n{children}</details>\n",
        if topic.level == 0 {
            " open=\"open\""
        } else {
            ""
        },
        foreign(&topic.label),
        topic.id,
        escaped(&facts(topic)),
        line(&topic.months),
        terms.join(", "),
    )
}

fn facts(topic: &TopicView) -> String {
    let mut facts = vec![match topic.size {
        1 => "1 paper".to_owned(),
        size => format!("{size} papers"),
    }];
    if topic.per_month >= 0.5 {
        facts.push(format!("{:.0} a month", topic.per_month));
    }
    if topic.liked > 0 {
        facts.push(format!("{} liked", topic.liked));
    }
    facts.join(" · ")
}

fn paper(paper: &TopicPaper) -> String {
    let title = foreign_title(&paper.title);
    let title = match link(paper.id.url().as_deref()) {
        Some(url) => format!("<a href=\"{url}\">{title}</a>"),
        None => title,
    };
    format!("<li>{title}</li>\n")
}

/// Draws papers by month, scaled to the largest month.
fn line(months: &[MonthCount]) -> String {
    let most = months.iter().map(|month| month.papers).max().unwrap_or(0);
    if most == 0 || months.len() < 2 {
        return String::new();
    }
    let (width, height) = LINE;
    let step = width / (months.len() - 1) as f64;
    let mut points = String::new();
    for (place, month) in months.iter().enumerate() {
        let x = place as f64 * step;
        let y = height - 1.0 - (height - 2.0) * month.papers as f64 / most as f64;
        write!(points, "{x:.1},{y:.1} ").expect("a string takes all text");
    }
    let counts: Vec<String> = months
        .iter()
        .map(|month| format!("{}: {}", month.month, month.papers))
        .collect();
    format!(
        "<svg class=\"months\" xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-label=\"papers by month\"><title>{}</title>\
         <polyline points=\"{}\" /></svg>",
        escaped(&counts.join(", ")),
        points.trim_end()
    )
}

/// Writes each paper's topics as comma-separated values (RFC 4180) with a line of names first:
/// `id`, `title`, number and label of its topic on each level, `strength`, `weak`, `placed`. The
/// answer needs the whole tree and the assignment; levels that a topic is not divided to are empty.
///
/// # Panics
/// For no answer: rows are written to memory and have as many fields as there are names.
pub fn topics_csv(answer: &TopicsAnswer) -> Vec<u8> {
    let labels: BTreeMap<TopicId, &str> = answer
        .topics
        .iter()
        .map(|topic| (topic.id, topic.label.as_str()))
        .collect();
    let mut table = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let levels = usize::from(answer.levels);
    let mut names = vec!["id".to_owned(), "title".to_owned()];
    for level in 0..levels {
        names.push(format!("topic_{level}"));
        names.push(format!("label_{level}"));
    }
    names.extend(["strength", "weak", "placed"].map(str::to_owned));
    let mut write = |row: &[String]| {
        table
            .write_record(row)
            .expect("memory takes all rows, and all have as many fields");
    };
    write(&names);
    for paper in answer.assignment.iter().flatten() {
        let mut row = vec![paper.id.to_string(), paper.title.clone()];
        for level in 0..levels {
            let id = paper.topics.get(level);
            row.push(id.map(ToString::to_string).unwrap_or_default());
            row.push(
                id.and_then(|id| labels.get(id))
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            );
        }
        row.push(format!("{:.4}", paper.strength));
        row.push(paper.weak.to_string());
        row.push(paper.placed.to_string());
        write(&row);
    }
    table.into_inner().expect("memory takes all rows")
}

#[cfg(test)]
mod tests;
