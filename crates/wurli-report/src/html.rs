//! HTML as text. Whatever comes from a catalogue, a file name or a measurement is escaped on its way in.

use crate::plot::escape;

/// A page, or part of one, under construction.
#[derive(Default)]
pub(super) struct Html {
    text: String,
}

impl Html {
    /// An element with what `content` puts into it.
    pub(super) fn element(&mut self, tag: &str, attributes: &[(&str, &str)], content: impl FnOnce(&mut Self)) {
        self.open(tag, attributes);
        content(self);
        self.text.push_str(&format!("</{tag}>\n"));
    }

    /// An element with a text.
    pub(super) fn leaf(&mut self, tag: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(tag, attributes);
        self.text(text);
        self.text.push_str(&format!("</{tag}>\n"));
    }

    /// A link within a line of text.
    pub(super) fn link(&mut self, address: &str, text: &str) {
        self.open("a", &[("href", address)]);
        self.text(text);
        self.text.push_str("</a>");
    }

    /// A paragraph.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.leaf("p", &[], text);
    }

    /// A start tag; of an element without content and end tag, all there is.
    pub(super) fn open(&mut self, tag: &str, attributes: &[(&str, &str)]) {
        self.text.push('<');
        self.text.push_str(tag);
        for (name, value) in attributes {
            self.text.push_str(&format!(" {name}=\"{}\"", escape(value)));
        }
        self.text.push('>');
    }

    /// Text.
    pub(super) fn text(&mut self, text: &str) {
        self.text.push_str(&escape(text));
    }

    /// A drawing of [`crate::plot`], which has escaped what it was given, or a style sheet or script of this crate.
    pub(super) fn as_it_is(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// A table in a box of its own that scrolls where it is wider than the page. The first cell of each row is its heading.
    pub(super) fn table(&mut self, caption: &str, headings: &[&str], rows: &[Vec<String>]) {
        self.grouped_table(caption, &[], headings, rows);
    }

    /// A table whose columns belong to groups: the name of each and its number of columns.
    pub(super) fn grouped_table(
        &mut self,
        caption: &str,
        groups: &[(&str, &str)],
        headings: &[&str],
        rows: &[Vec<String>],
    ) {
        self.scroll_box(caption, |html| {
            html.element("table", &[], |html| {
                html.leaf("caption", &[], caption);
                html.element("thead", &[], |html| {
                    if !groups.is_empty() {
                        html.element("tr", &[], |html| {
                            html.leaf("td", &[], "");
                            for (name, columns) in groups {
                                html.leaf("th", &[("scope", "colgroup"), ("colspan", columns)], name);
                            }
                        });
                    }
                    html.element("tr", &[], |html| {
                        headings.iter().for_each(|heading| html.leaf("th", &[("scope", "col")], heading));
                    });
                });
                html.element("tbody", &[], |html| {
                    for row in rows {
                        html.element("tr", &[], |html| {
                            for (i, cell) in row.iter().enumerate() {
                                match i {
                                    0 => html.leaf("th", &[("scope", "row")], cell),
                                    _ => html.leaf("td", &[], cell),
                                }
                            }
                        });
                    }
                });
            });
        });
    }

    /// A table behind a line that opens it.
    pub(super) fn folded_table(&mut self, caption: &str, headings: &[&str], rows: &[Vec<String>]) {
        self.folded(caption, |html| html.table(caption, headings, rows));
    }

    /// What is behind a line that opens it.
    pub(super) fn folded(&mut self, summary: &str, content: impl FnOnce(&mut Self)) {
        self.element("details", &[], |html| {
            html.leaf("summary", &[], summary);
            content(html);
        });
    }

    /// A drawing with a line about it. A `wide` one keeps its size, and scrolls where the page is narrower.
    pub(super) fn figure(&mut self, name: &str, svg: &str, wide: bool, caption: &str) {
        self.element("figure", &[], |html| {
            if wide {
                html.scroll_box(name, |html| html.as_it_is(svg));
            } else {
                html.as_it_is(svg);
            }
            if !caption.is_empty() {
                html.leaf("figcaption", &[], caption);
            }
        });
    }

    /// A box that can be scrolled with the keyboard too. A group, no region: a list of landmarks has better things to name.
    fn scroll_box(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.element(
            "div",
            &[("class", "scroll"), ("tabindex", "0"), ("role", "group"), ("aria-label", name)],
            content,
        );
    }

    /// All of it.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_cannot_become_markup() {
        let mut html = Html::default();
        html.leaf("a", &[("title", "\"><script>")], "</a><script>alert(1)</script> & more");
        assert_eq!(
            html.finish(),
            "<a title=\"&quot;&gt;&lt;script&gt;\">&lt;/a&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; more</a>\n"
        );
    }

    #[test]
    fn every_cell_of_a_table_has_headings() {
        let mut html = Html::default();
        html.table("Errors", &["note", "dB"], &[vec!["A<1".into(), "3.0".into()]]);
        let text = html.finish();
        assert!(text.contains("<th scope=\"row\">A&lt;1</th>\n<td>3.0</td>"), "{text}");
        assert!(text.contains("<caption>Errors</caption>") && text.contains("<th scope=\"col\">dB</th>"), "{text}");
    }
}
