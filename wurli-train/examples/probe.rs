use wurli_train::{audio,measure::*,stages::render::*};
fn main(){
 let t=std::time::Instant::now(); let mut el=0.0;
 let mut files:Vec<_>=std::fs::read_dir("../shared/recordings/ep200").unwrap().map(|e|e.unwrap().path()).filter(|p|p.extension().is_some_and(|e|e=="flac")).collect(); files.sort();
 for p in files { let a=audio::read(&p).unwrap(); let b=find_bounds(&a).unwrap();
  let stem=p.file_stem().unwrap().to_str().unwrap();
  let (n,v)=[("pp",19u8),("mp",52),("ff",109),("f",78)].iter().find_map(|(d,v)|stem.strip_suffix(d).map(|n|(n,*v))).unwrap();
  let names=["c","db","d","eb","e","f","gb","g","ab","a","bb","b"]; let oct=n[n.len()-1..].parse::<u8>().unwrap();
  let midi=12*(oct+1)+names.iter().position(|x|*x==&n[..n.len()-1]).unwrap() as u8;
  let t0=std::time::Instant::now();
  let m=measure(&a,b,wurli_voice::instrument::midi_to_hz(midi)).unwrap();
  el+=t0.elapsed().as_secs_f64();
  let r=run(&Request::plain(midi,v,b.end_s-b.onset_s)).unwrap();
  let f=|m:&Measurement|m.harmonics.iter().skip(1).map(|h|format!("{:6.1}{}",h.levels.early_db.value,if h.levels.early_db.valid().is_some(){' '}else{'*'})).collect::<String>();
  let d=|m:&Measurement|m.harmonics.iter().map(|h|format!("{:6.1}{}",h.decay_db_per_s.value,if h.decay_db_per_s.valid().is_some(){' '}else{'*'})).collect::<String>();
  println!("{stem:6} {:.2} {:.2} {:7.2} | {} | {}",b.onset_s,b.end_s,m.f0_hz,f(&m),d(&m));
  println!("{:28}| {} | {}","",f(&r),d(&r));
 }
 eprintln!("{:?} measure {el}",t.elapsed());
}
