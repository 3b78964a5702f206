//! Tables, figures and folded content, for all sections of the page.

use maud::{Markup, PreEscaped, html};

/// A group of columns: its heading and the number of its columns.
pub(crate) type ColumnGroup = (&'static str, usize);

/// Returns a table in a box that scrolls where it is wider than the page. The first cell of each
/// row is its heading.
pub(crate) fn table(caption: &str, headings: &[&str], rows: &[Vec<String>]) -> Markup {
    grouped_table(caption, &[], headings, rows)
}

/// Returns a table with a first line of headings that span groups of columns.
pub(crate) fn grouped_table(caption: &str, groups: &[ColumnGroup], headings: &[&str], rows: &[Vec<String>]) -> Markup {
    let table = html! {
        table {
            caption { (caption) }
            thead {
                @if !groups.is_empty() {
                    tr {
                        td {}
                        @for (name, columns) in groups { th scope="colgroup" colspan=(columns) { (name) } }
                    }
                }
                tr { @for heading in headings { th scope="col" { (heading) } } }
            }
            tbody {
                @for row in rows {
                    tr {
                        @for (column, cell) in row.iter().enumerate() {
                            @if column == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                        }
                    }
                }
            }
        }
    };
    scroll_box(caption, &table)
}

/// Returns a table that a line of text opens.
pub(crate) fn folded_table(caption: &str, headings: &[&str], rows: &[Vec<String>]) -> Markup {
    folded(caption, &table(caption, headings, rows))
}

/// Returns the content that a line of text opens.
pub(crate) fn folded(summary: &str, content: &Markup) -> Markup {
    html! { details { summary { (summary) } (content) } }
}

/// Returns a chart with its caption, scaled down where the page is narrower.
pub(crate) fn figure(svg: String, caption: &str) -> Markup {
    html! {
        figure {
            (PreEscaped(svg))
            @if !caption.is_empty() { figcaption { (caption) } }
        }
    }
}

/// Returns a chart with its caption that keeps its size and scrolls where the page is narrower.
pub(crate) fn wide_figure(name: &str, svg: String, caption: &str) -> Markup {
    html! {
        figure {
            (scroll_box(name, &PreEscaped(svg)))
            @if !caption.is_empty() { figcaption { (caption) } }
        }
    }
}

/// Returns a box that scrolls with the keyboard too. It is a group: a region would crowd the list
/// of landmarks.
fn scroll_box(name: &str, content: &Markup) -> Markup {
    html! { div class="scroll" tabindex="0" role="group" aria-label=(name) { (content) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_cannot_become_markup() {
        let html = folded_table("\"><script>", &["</th>"], &[vec!["</td><script>alert(1)</script> & more".into()]]);
        let html = html.into_string();
        assert!(!html.contains("<script") && html.contains("aria-label=\"&quot;&gt;&lt;script&gt;\""), "{html}");
        assert!(html.contains("&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; more</th>"), "{html}");
    }

    #[test]
    fn every_cell_of_a_table_has_headings() {
        let text = table("Errors", &["note", "dB"], &[vec!["A<1".into(), "3.0".into()]]).into_string();
        assert!(text.contains("<th scope=\"row\">A&lt;1</th><td>3.0</td>"), "{text}");
        assert!(text.contains("<caption>Errors</caption>") && text.contains("<th scope=\"col\">dB</th>"), "{text}");
    }
}
