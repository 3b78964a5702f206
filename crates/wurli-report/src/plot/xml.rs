//! Whether a text is well-formed XML, for tests: a reader of just what an SVG file of this crate holds, which refuses the rest.

/// An element as it was opened.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    /// Text directly within it, entities as they were written.
    pub(super) text: String,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The attribute as a number.
    pub(super) fn number(&self, name: &str) -> f64 {
        self.attribute(name).and_then(|value| value.parse().ok()).unwrap_or(f64::NAN)
    }

    pub(super) fn has_class(&self, class: &str) -> bool {
        self.attribute("class").is_some_and(|classes| classes.split(' ').any(|name| name == class))
    }
}

/// The elements of a document, in the order in which they begin.
pub(super) fn elements(document: &str) -> Result<Vec<Element>, String> {
    let (mut elements, mut open) = (Vec::<Element>::new(), Vec::<usize>::new());
    let mut rest = document;
    while let Some(at) = rest.find('<') {
        content(&rest[..at], &mut elements, open.last().copied())?;
        let tag = &rest[at + 1..];
        let end = tag_end(tag).ok_or_else(|| format!("a tag without end: <{tag}"))?;
        rest = &tag[end + 1..];
        let tag = &tag[..end];
        if let Some(name) = tag.strip_prefix('/') {
            let opened = open.pop().map(|i| elements[i].name.clone());
            if opened.as_deref() != Some(name) {
                return Err(format!("</{name}> ends {opened:?}"));
            }
            continue;
        }
        let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        if open.is_empty() && !elements.is_empty() {
            return Err(format!("a second root: <{tag}>"));
        }
        elements.push(element(tag)?);
        if !empty {
            open.push(elements.len() - 1);
        }
    }
    content(rest, &mut elements, None)?;
    if elements.is_empty() || !open.is_empty() {
        return Err(format!("{} elements, {} of them left open", elements.len(), open.len()));
    }
    Ok(elements)
}

/// Where the tag ends: a `>` within quotes does not end it.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quoted = false;
    tag.find(|character| {
        quoted ^= character == '"';
        character == '>' && !quoted
    })
}

fn content(text: &str, elements: &mut [Element], within: Option<usize>) -> Result<(), String> {
    characters(text)?;
    match within {
        Some(i) => elements[i].text.push_str(text.trim()),
        None if !text.trim().is_empty() => return Err(format!("text outside the root: {text}")),
        None => {}
    }
    Ok(())
}

fn element(tag: &str) -> Result<Element, String> {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let is_name = |name: &str| name.starts_with(|c: char| c.is_ascii_alphabetic()) && !name.contains(['"', '=', '\'']);
    if !is_name(name) {
        return Err(format!("no name: <{tag}>"));
    }
    let mut attributes: Vec<(String, String)> = Vec::new();
    while !rest.trim_start().is_empty() {
        let wrong = || format!("no attribute: {rest} in <{tag}>");
        let (name, value) = rest.trim_start().split_once("=\"").ok_or_else(wrong)?;
        let (value, after) = value.split_once('"').ok_or_else(wrong)?;
        let separated = after.is_empty() || after.starts_with(' ');
        if !is_name(name) || !separated || value.contains('<') || attributes.iter().any(|(known, _)| known == name) {
            return Err(wrong());
        }
        characters(value)?;
        attributes.push((name.to_owned(), value.to_owned()));
        rest = after;
    }
    Ok(Element { name: name.to_owned(), attributes, text: String::new() })
}

/// Characters that XML 1.0 allows, and references that are defined.
fn characters(text: &str) -> Result<(), String> {
    if let Some(character) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')) {
        return Err(format!("{character:?} in {text}"));
    }
    let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
    match text.split('&').skip(1).find(|after| !known.iter().any(|name| after.starts_with(name))) {
        Some(after) => Err(format!("&{after} is no reference")),
        None => Ok(()),
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for wrong in [
        "",
        "a",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>b",
        "<a b=c/>",
        "<a b=\"c/>",
        "<a b=\"1\" b=\"2\"/>",
        "<a b=\"<\"/>",
        "<a>&b</a>",
        "<a>b & c</a>",
        "<a>\u{1}</a>",
        "<a b=\"1\"c=\"2\"/>",
        "</a>",
        "<a><b></a></b>",
    ] {
        assert!(elements(wrong).is_err(), "{wrong}");
    }
    let found = elements("<a b=\"1 &gt; 0\">c<d e=\">\"/>\n</a>\n").unwrap();
    assert_eq!((found[0].text.as_str(), found[0].attribute("b")), ("c", Some("1 &gt; 0")));
    assert_eq!((found[1].name.as_str(), found[1].attribute("e")), ("d", Some(">")));
}
