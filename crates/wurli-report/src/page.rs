//! The whole page: head, navigation and sections.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::Report;
use crate::plot::style_sheet;
use crate::sections::{SECTIONS, Section};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Returns the page as the text of an HTML file.
pub(super) fn page(report: &Report) -> String {
    let style = format!("{STYLE}\n{}", style_sheet());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(security_policy(&style));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (report.folder) ": recordings, model and corrections" }
                // Without an icon of its own a browser asks for one.
                link rel="icon" href="data:,";
                style { (PreEscaped(&style)) }
            }
            body {
                a class="skip" href="#summary" { "Skip to the summary" }
                header class="page" {
                    p class="small" { "openwurli, report on the recordings in" }
                    h1 { (report.folder) }
                    nav aria-label="Sections" {
                        @for Section { id, short, .. } in &SECTIONS { a href={ "#" (id) } { (short) } " " }
                    }
                }
                main {
                    @for Section { id, heading, content, .. } in &SECTIONS {
                        section id=(id) aria-labelledby={ (id) "-heading" } {
                            h2 id={ (id) "-heading" } { (heading) }
                            (content(report))
                        }
                    }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// Returns the Content-Security-Policy: the page shows and plays what it contains, and loads
/// nothing.
///
/// Style and script are allowed by their hashes, so that text from a catalogue can become neither.
fn security_policy(style: &str) -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; media-src data:; img-src data:; \
         base-uri 'none'; form-action 'none'",
        hash(style),
        hash(SCRIPT)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_allows_only_the_contents_of_the_page() {
        let policy = security_policy("body{}");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        // An end tag within style or script would end it.
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</"));
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
