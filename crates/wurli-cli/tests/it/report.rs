//! The report as a user gets it: contents of the page, and no resources from elsewhere.
//! `.ci/report/run` tests it in a browser.

use wurli_testkit::recordings::repository;
use wurli_testkit::user::{User, text};

/// Calls `report` on the user's folder, and answers with the page.
fn page(user: &User, more: &[&str]) -> String {
    let call = [&["report", "--data", text(user.data.path()), "--out", "report.html"], more].concat();
    let (status, stdout, stderr) = user.call(&call);
    assert_eq!(status, 0, "{stderr}");
    assert!(stdout.starts_with("wrote report.html ("), "{stdout}");
    std::fs::read_to_string(user.place.path().join("report.html")).unwrap()
}

/// Returns the text from the section of this name to the next.
fn section<'a>(page: &'a str, id: &str) -> &'a str {
    let begin = page.find(&format!("<section id=\"{id}\"")).unwrap_or_else(|| panic!("no section {id}"));
    let rest = &page[begin..];
    &rest[..rest.find("</section>").unwrap()]
}

fn count(text: &str, what: &str) -> usize {
    text.matches(what).count()
}

#[test]
fn one_call_trains_leaves_keys_out_and_writes_every_section() {
    let user = crate::user();
    let page = page(&user, &[]);
    // Five notes, at four dynamics, and an instrument of which a constant mends most.
    let summary = section(&page, "summary");
    assert!(summary.contains("of the uncorrected model are") && summary.contains("On keys left out"), "{summary}");
    assert!(summary.contains("of the notes that were trained on"), "{summary}");
    assert_eq!(count(section(&page, "data"), "gold: 5"), 1);
    let residuals = section(&page, "residuals");
    assert_eq!(count(residuals, "<svg"), 5);
    assert_eq!(count(residuals, "<th scope=\"row\">H"), 8);
    let left_out = section(&page, "left-out");
    assert!(count(left_out, "<svg") == 3 && left_out.contains("nearest note"), "{left_out}");
    assert_eq!(count(section(&page, "corrections"), "<svg"), 4 + 22);
    let training = section(&page, "training");
    assert!(training.contains("Loss along the training") && count(training, "class=\"through\"") >= 2);
    let notes = section(&page, "notes");
    assert_eq!((count(notes, "<article"), count(notes, "<audio"), count(notes, "<svg")), (5, 15, 5));
    assert_eq!(
        count(notes, "class=\"through\""),
        15 + 15,
        "three curves and their entries in the legend for each note"
    );
    for name in ["A2 p, velocity 52, recording", "A2 p, velocity 52, model", "A2 p, velocity 52, corrected"] {
        assert_eq!(count(notes, &format!("aria-label=\"{name}\"")), 1, "{name}");
    }
    // Base 64 may spell anything.
    let written: String =
        page.split("src=\"data:").map(|part| part.split_once('"').map_or(part, |(_, rest)| rest)).collect();
    assert!(!written.contains("NaN") && !written.contains("inf dB"));

    // The weights stay where they were: nobody asked for some.
    assert!(!user.place.path().join("wurli-out/wurli.weights").exists());
    // The page again from the cache, and again from nothing.
    assert!(self::page(&user, &[]) == page, "the second page differs");
    let without = self::page(&user, &["--without-leave-one-out"]);
    std::fs::remove_dir_all(user.place.path().join("wurli-out")).unwrap();
    assert!(self::page(&user, &["--without-leave-one-out"]) == without, "without the cache the page differs");
    assert!(
        !section(&without, "summary").contains("left out") && section(&without, "left-out").contains("was not run")
    );
}

#[test]
fn given_weights_are_reported_on_and_what_was_not_done_is_said() {
    let user = crate::user();
    user.train();
    let page = page(&user, &["--weights", "wurli-out/wurli.weights", "--without-leave-one-out"]);
    let training = section(&page, "training");
    // Trained for 300 epochs with another fit than a report would.
    assert!(training.contains("read from wurli.weights") && training.contains("other settings"), "{training}");
    assert!(section(&page, "left-out").contains("was not run"));
    assert!(section(&page, "summary").contains("which the corrections were not made from"));
    assert!(!section(&page, "summary").contains("left out"));
    // The page speaks of the folder, not of the machine.
    assert!(!page.contains(text(user.data.path())) && !page.contains(text(user.place.path())));
}

#[test]
fn the_page_fetches_nothing_and_a_catalogue_full_of_markup_stays_text() {
    let user = crate::user();
    user.train();
    let hostile = "</title></table><script>alert('1')</script>\\\" onload=\\\"alert(2)";
    let catalogue = format!(
        "[[source]]\nid = \"s\"\ntitle = \"{hostile}\"\nauthor = \"{hostile}\"\nlicence = \"{hostile}\"\naddress = \"{hostile}\"\n\n\
         [[recording]]\nfile = \"<img src=x onerror=alert(3)>.wav\"\nsource = \"s\"\nkind = \"note\"\nmidi = 45\nvelocity = 52\n"
    );
    let data = user.data.path();
    std::fs::rename(data.join("045_v52.wav"), data.join("<img src=x onerror=alert(3)>.wav")).unwrap();
    std::fs::write(data.join("recordings.toml"), catalogue).unwrap();
    let page = page(&user, &["--weights", "wurli-out/wurli.weights", "--without-leave-one-out"]);

    let policy = "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ";
    assert!(page.contains(policy), "{}", &page[..1000]);
    assert_eq!(count(&page, "<script"), 1);
    assert!(!page.contains("<img") && !page.contains("onload=\""));
    assert!(page.contains("&lt;img src=x onerror=alert(3)&gt;.wav"));
    assert!(page.contains("&lt;/table&gt;&lt;script&gt;alert('1')&lt;/script&gt;&quot; onload=&quot;alert(2)"));
    // Every address is one within the page, or carries what it is.
    for attribute in ["src=\"", "href=\""] {
        for address in page.split(&format!(" {attribute}")).skip(1) {
            assert!(address.starts_with('#') || address.starts_with("data:"), "{attribute}{}", &address[..40]);
        }
    }
    // The one address of a host is the name of SVG, which nobody asks.
    assert_eq!(count(&page, "://"), count(&page, "xmlns=\"http://www.w3.org/2000/svg\""));
}

#[test]
fn a_wrong_call_ends_with_2_and_work_that_fails_with_1() {
    let user = crate::user();
    let (status, _, stderr) = user.call(&["report", "--data", text(user.data.path())]);
    assert!(status == 2 && stderr.contains("--out"), "{stderr}");
    let (status, _, stderr) = user.call(&["report", "--data", "missing", "--out", "report.html"]);
    assert!(status == 1 && stderr.contains("missing"), "{stderr}");
    let (status, _, stderr) = user.call(&["report", "--weights", "none.weights", "--out", "report.html"]);
    assert!(status == 1 && stderr.contains("none.weights"), "{stderr}");
    assert!(!user.place.path().join("report.html").exists());
}

/// The shipped recordings, with the shipped weights: what the project itself publishes stays small
/// enough to be mailed.
#[test]
fn the_page_of_the_shipped_recordings_is_below_5_mb_and_names_their_author() {
    let user = crate::user();
    let root = repository();
    let (data, weights) = (root.join("data"), root.join("openwurli-dsp/weights/default.weights"));
    let call =
        ["report", "--data", text(&data), "--weights", text(&weights), "--without-leave-one-out", "--out", "r.html"];
    let (status, _, stderr) = user.call(&call);
    assert_eq!(status, 0, "{stderr}");
    let page = std::fs::read_to_string(user.place.path().join("r.html")).unwrap();
    println!("{} bytes", page.len());
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    let notes = section(&page, "notes");
    assert_eq!((count(notes, "<article"), count(notes, "<audio")), (42, 126));
    let data = section(&page, "data");
    assert!(data.contains("Greg Sullivan") && data.contains("CC-BY-3.0") && data.contains("sullivang.net"));
    // Beside each player too: one that is cut out of the page keeps its author.
    assert_eq!(count(notes, "Greg Sullivan \u{b7} CC-BY-3.0"), 42);
    let summary = section(&page, "summary");
    assert!(summary.contains("at 2.01 s of recordings/performance.wav could not be measured"), "{summary}");
    assert!(section(&page, "training").contains("these recordings, with these settings"));
}
