//! Elements of a chart, for tests; the parser rejects XML that is not well-formed.

/// An element of a chart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    /// Text directly within the element.
    pub(super) text: String,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns an attribute as a number; NaN if it is missing or no number.
    pub(super) fn number(&self, name: &str) -> f64 {
        self.attribute(name).and_then(|value| value.parse().ok()).unwrap_or(f64::NAN)
    }

    pub(super) fn has_class(&self, class: &str) -> bool {
        self.attribute("class").is_some_and(|classes| classes.split(' ').any(|name| name == class))
    }
}

/// Returns the elements of a document in the order of their start tags.
pub(super) fn elements(document: &str) -> Result<Vec<Element>, roxmltree::Error> {
    let document = roxmltree::Document::parse(document)?;
    let elements = document.descendants().filter(roxmltree::Node::is_element);
    let owned = |node: roxmltree::Node| Element {
        name: node.tag_name().name().to_owned(),
        attributes: node.attributes().map(|one| (one.name().to_owned(), one.value().to_owned())).collect(),
        text: node.children().filter(roxmltree::Node::is_text).filter_map(|text| text.text()).map(str::trim).collect(),
    };
    Ok(elements.map(owned).collect())
}
