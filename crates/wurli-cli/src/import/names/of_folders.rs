//! Folders of names, and what is read from them without their sounds.

use super::*;

/// Keys and velocities, and warnings.
type Found = (Vec<(i16, u8)>, Vec<String>);

/// Returns keys and velocities of the first reading, in order of the paths, and the warnings.
fn read_names(names: &[&str], layers: &[u8]) -> Result<Found, String> {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    let options = ImportOptions { layers: layers.to_vec(), ..ImportOptions::default() };
    let mut warnings = Vec::new();
    let readings = read(folder.path(), &options, &mut warnings).map_err(|error| error.to_string())?;
    let Reading { claims, left_out, .. } = readings.into_iter().next().unwrap();
    warnings.extend(left_out);
    let prefix = format!("{}/", folder.path().display());
    let warnings = warnings.iter().map(|warning| warning.to_string().replace(&prefix, "")).collect();
    Ok((claims.iter().map(|claim| (claim.midi[0], claim.velocity)).collect(), warnings))
}

#[test]
fn numbers_are_read_as_what_they_are() {
    for (names, notes) in [
        (
            &["EP_45_48_46_1_64.wav", "EP_45_48_46_65_127.wav", "EP_49_52_50_1_64.wav", "EP_49_52_50_65_127.wav"][..],
            &[(46, 33), (46, 96), (50, 33), (50, 96)][..],
        ),
        (&["EP_45_48_45_1_64.wav"], &[(45, 33)]),
        (
            &["EP_A2_C3_A2_1_64.wav", "EP_A2_C3_A2_65_127.wav", "EP_C#3_E3_D3_1_64.wav", "EP_C#3_E3_D3_65_127.wav"],
            &[(45, 33), (45, 96), (50, 33), (50, 96)],
        ),
        (&["45_48_46_f.wav", "49_52_50_p.wav"], &[(45, 96), (49, 48)]),
        (&["A2 25%.wav", "A2 100 %.wav", "A3 50pct.wav"], &[(45, 127), (45, 32), (57, 64)]),
        (&["A2 vel 20 pct.wav", "A2 vel 80 pct.wav"], &[(45, 25), (45, 102)]),
        (&["45f.wav", "57p.wav"], &[(45, 96), (57, 48)]),
        (&["A 2 f.wav", "C# 3 p.wav"], &[(45, 96), (49, 48)]),
        (&["A_2_v90.wav", "A_3_v30.wav"], &[(45, 90), (57, 30)]),
        (&["A3#_f.wav", "C4#_p.wav"], &[(58, 96), (61, 48)]),
        (&["45/110.wav", "45/30.wav", "57/110.wav"], &[(45, 110), (45, 30), (57, 110)]),
        (&["A2/110.wav", "A2/30.wav", "A3/110.wav"], &[(45, 110), (45, 30), (57, 110)]),
        // The title has a word for a dynamic.
        (
            &["Soft EP C2 40.wav", "Soft EP C2 110.wav", "Soft EP C3 40.wav", "Soft EP C3 110.wav"],
            &[(36, 110), (36, 40), (48, 110), (48, 40)],
        ),
        (
            &["Loud EP C2 25%.wav", "Loud EP C2 75%.wav", "Loud EP C3 25%.wav", "Loud EP C3 75%.wav"],
            &[(36, 32), (36, 95), (48, 32), (48, 95)],
        ),
        // Takes of a dynamic.
        (&["C2 mf 1.wav", "C2 mf 2.wav", "C3 mf 1.wav", "C3 mf 2.wav"], &[(36, 80), (36, 80), (48, 80), (48, 80)]),
        (&["C-2 f.wav", "C#3 f.wav", "A-6 p.wav"], &[(93, 48), (49, 96), (36, 96)]),
        (&["060.127.wav", "60.30.wav"], &[(60, 127), (60, 30)]),
    ] {
        let (found, warnings) = read_names(names, &[]).unwrap_or_else(|error| panic!("{names:?}: {error}"));
        assert_eq!(found, notes, "{names:?}");
        assert!(warnings.is_empty(), "{names:?}: {warnings:?}");
    }
}

#[test]
fn numbers_that_are_no_velocities_are_refused() {
    for (names, words) in [
        (&["A2 -18.wav", "A2 -12.wav", "A2 -6.wav", "A2 0.wav"][..], &["such as -18", "--layers", "4 dynamics"][..]),
        (&["A2 -18dB.wav", "A3 -6dB.wav"], &["such as -18"]),
        (&["A2 vel -40.wav", "A3 vel -90.wav"], &["such as -90"]),
        (&["A2 0.25.wav", "A2 0.5.wav", "A2 1.wav"], &["such as 0.25", "3 dynamics"]),
        (&["A2 0,25.wav", "A2 0,75.wav"], &["such as 0.25"]),
        (&["A2 v0.25.wav", "A2 v1.0.wav"], &["such as 0.25"]),
        (&["A2 20 mm.wav", "A2 40 mm.wav"], &["such as 20"]),
        (&["A2 20.5.wav", "A2 40.5.wav"], &["such as 20.5"]),
        (&["A2 50%.wav", "A2 150%.wav"], &["not how hard", "1-100 %"]),
        // Bounds of keys alone.
        (&["45_48_A2.wav", "49_52_C#3.wav", "53_56_F3.wav"], &["not how hard"]),
        (&["EP_45_48_45_1_127.wav", "EP_49_52_49_1_127.wav"], &["not how hard", "--velocity"]),
        (&["EP_42_50_45_1_127.wav", "EP_46_54_49_1_127.wav"], &["not how hard", "--velocity"]),
        (&["A2 RMS-40.wav", "A2 RMS-20.wav"], &["such as -40"]),
        (&["2A f.wav", "3A f.wav"], &["do not say which notes", "2A f.wav"]),
    ] {
        let error = read_names(names, &[]).map_or_else(|error| error, |found| format!("read: {found:?}"));
        assert!(words.iter().all(|words| error.contains(words)), "{names:?}: {error}");
    }
}

#[test]
fn a_pack_without_struck_notes_is_refused_or_reported() {
    let error = read_names(&["Release/A3 f.wav", "noise B3 f.wav"], &[]).unwrap_err();
    assert!(error.ends_with("none of its 2 recordings is a struck note by its name"), "{error}");
    let (notes, warnings) = read_names(&["Release/A3 f.wav", "Release/B3 f.wav"], &[]).unwrap();
    assert_eq!(notes.len(), 2);
    assert!(warnings.len() == 1 && warnings[0].starts_with("all names say a release sample"), "{warnings:?}");
}

#[test]
fn quantities_order_the_layers_that_the_user_names() {
    for names in [
        ["A2 -18.wav", "A2 -6.wav", "A2 0.wav"],
        ["A2 0.25.wav", "A2 0.5.wav", "A2 1.wav"],
        ["A2 10 mm.wav", "A2 20 mm.wav", "A2 30 mm.wav"],
    ] {
        let mut found = read_names(&names, &[48, 80, 96]).unwrap().0;
        found.sort_unstable();
        assert_eq!(found, [(45, 48), (45, 80), (45, 96)], "{names:?}");
    }
}
