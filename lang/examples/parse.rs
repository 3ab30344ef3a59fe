use std::io::Read;
fn main() {
    let mut s = String::new();
    std::io::stdin().read_to_string(&mut s).unwrap();
    let mut src = reconverge_lang::span::Sources::default();
    let id = src.add("cell 1", s.clone());
    let (c, d) = reconverge_lang::syntax::parse(id, &s);
    if std::env::args().nth(1).is_some() {
        println!("{c:#?}");
    }
    println!("{} items", c.items.len());
    print!("{}", reconverge_lang::diag::render::plain(&d, &src));
    for x in &d {
        if let Some(h) = &x.help {
            println!("   help: {h}");
        }
    }
}
