//! The page as a whole: head, navigation, sections.

use sha2::{Digest, Sha256};

use crate::plot::style_sheet;

use crate::html::Html;
use crate::sections::{SECTIONS, Section};
use crate::{Report, base64};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

pub(super) fn page(report: &Report) -> String {
    let title = format!("{}: recordings, model and corrections", report.folder);
    let style = format!("{STYLE}\n{}", style_sheet());
    let mut html = Html::default();
    html.as_it_is("<!doctype html>\n");
    html.element("html", &[("lang", "en")], |html| {
        html.element("head", &[], |html| {
            html.open("meta", &[("charset", "utf-8")]);
            html.open("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy(&style))]);
            html.open("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
            html.open("meta", &[("name", "color-scheme"), ("content", "light dark")]);
            html.leaf("title", &[], &title);
            // Without an icon of its own a browser asks for one.
            html.open("link", &[("rel", "icon"), ("href", "data:,")]);
            html.as_it_is(&format!("\n<style>{style}</style>\n"));
        });
        html.element("body", &[], |html| {
            html.leaf("a", &[("class", "skip"), ("href", "#summary")], "Skip to the summary");
            html.element("header", &[("class", "page")], |html| {
                html.leaf("p", &[("class", "small")], "openwurli, report on the recordings in");
                html.leaf("h1", &[], &report.folder);
                html.element("nav", &[("aria-label", "Sections")], |html| {
                    for Section { id, short, .. } in &SECTIONS {
                        html.leaf("a", &[("href", &format!("#{id}"))], short);
                    }
                });
            });
            html.element("main", &[], |html| {
                for Section { id, heading, content, .. } in &SECTIONS {
                    let name = format!("{id}-heading");
                    html.element("section", &[("id", id), ("aria-labelledby", &name)], |html| {
                        html.leaf("h2", &[("id", &name)], heading);
                        content(report, html);
                    });
                }
            });
            html.as_it_is(&format!("<script>{SCRIPT}</script>\n"));
        });
    });
    html.finish()
}

/// What the page may do: play and show what it carries, and nothing else. Style and script are allowed by their hashes, so that no text
/// from a catalogue could ever become either.
fn policy(style: &str) -> String {
    let hash = |text: &str| base64::encode(&Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; media-src data:; img-src data:; base-uri 'none'; form-action \
         'none'",
        hash(style),
        hash(SCRIPT)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_may_be_fetched_and_only_what_the_page_brings_is_run() {
        let policy = policy("body{}");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        // An end tag within style or script would end it.
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</"));
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
