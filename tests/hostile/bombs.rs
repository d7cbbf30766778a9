//! Scripts that ask for more than there is. Each is read by the compiled binary under a limit of its address space; it has to end by
//! itself, with a located diagnostic or without one, never by a signal.

use std::path::Path;
use std::process::Command;

use crate::{e2e, support};

/// Address space in kilobytes; the evaluator's own bound is 512 MB of values.
const MEMORY: u64 = 4 << 20;

const HEAD: &str = "import copy, itertools, json, os, pathlib, re, subprocess, hashlib\nfrom alembic import op\nimport sqlalchemy as sa\n\
                    import app_settings\nrevision = 'aaa'\ndown_revision = None\n";

/// Bodies of `upgrade()`: name, text.
const BODIES: &[(&str, &str)] = &[
    ("text_repeated", "op.create_table('a' * 10**9)"),
    ("text_repeated_more", "op.create_table('a' * 10**30)"),
    (
        "list_repeated",
        "x = [0] * 10**9\nop.create_table(str(len(x)))",
    ),
    ("power_tower", "op.create_table(str(10**10**10))"),
    ("shift", "op.create_table(str(1 << 10**10))"),
    ("squares", "x = 7\nfor i in range(100):\n    x = x * x"),
    ("range", "for i in range(10**12):\n    pass"),
    ("list_of_range", "x = list(range(10**12))"),
    (
        "comprehensions",
        "x = [i+j+k for i in range(1000) for j in range(1000) for k in range(1000)]",
    ),
    ("endless", "while True:\n    pass"),
    ("endless_list", "x = []\nwhile True:\n    x.append(x)"),
    ("doubled_text", "x = 'a'\nwhile True:\n    x = x + x"),
    ("doubled_list", "x = [1]\nwhile True:\n    x.extend(x)"),
    (
        "nested_values",
        "x = []\nfor i in range(300000):\n    x = [x]\nop.create_table(str(x))",
    ),
    (
        "shared_values",
        "x = []\nfor i in range(60):\n    x = [x, x]\nop.create_table(repr(x))",
    ),
    (
        "shared_keys",
        "x = ()\nfor i in range(60):\n    x = (x, x)\nd = {x: 1}",
    ),
    (
        "shared_equal",
        "x = []\ny = []\nfor i in range(60):\n    x = [x, x]\n    y = [y, y]\nif x == y:\n    op.create_table('a')",
    ),
    (
        "shared_copied",
        "x = []\nfor i in range(60):\n    x = [x, x]\ny = copy.deepcopy(x)\nz = json.dumps(x)",
    ),
    (
        "own_item",
        "x = []\nx.append(x)\nd = {}\nd['a'] = d\nop.create_table(str(x) + str(d))",
    ),
    (
        "own_equal",
        "x = []\nx.append(x)\ny = []\ny.append(y)\nif x == y:\n    op.create_table('a')",
    ),
    (
        "recursion",
        "def f(n):\n    return f(n + 1) + 1\nop.create_table(str(f(0)))",
    ),
    (
        "fibonacci",
        "def f(n):\n    return n if n < 2 else f(n-1) + f(n-2)\nop.create_table(str(f(60)))",
    ),
    (
        "attributes",
        "class A:\n    def __getattr__(self, n):\n        return getattr(self, n + 'x')\nop.create_table(A().b)",
    ),
    (
        "printing",
        "class A:\n    def __repr__(self):\n        return repr(self)\nop.create_table(repr(A()))",
    ),
    (
        "generator",
        "def g():\n    while True:\n        yield 1\nx = list(g())",
    ),
    (
        "products",
        "x = list(itertools.product(range(1000), repeat=5))",
    ),
    ("width", "op.create_table(f'{1:>1000000000}')"),
    ("width_percent", "op.create_table('%1000000000d' % 1)"),
    ("precision", "op.create_table('%.1000000000f' % 1.5)"),
    ("joined", "x = ('b' * 10**6).join(['a'] * 10**6)"),
    ("replaced", "x = ('a' * 10**6).replace('a', 'b' * 10**6)"),
    ("substituted", "x = re.sub('a', 'b' * 10**6, 'a' * 10**6)"),
    (
        "catastrophic_regex",
        "x = re.match(r'(a+)+$', 'a' * 100000 + 'b')",
    ),
    (
        "huge_regex",
        "x = re.compile('(' * 100000)\ny = re.match('((a{100}){100}){100}', 'a')",
    ),
    (
        "slices",
        "x = list(range(10**6))\ny = [x[:] for i in range(10**6)]",
    ),
    (
        "slices_of_text",
        "x = 'a' * (6*10**7)\ny = [x[1:] for i in range(10**6)]",
    ),
    (
        "searches",
        "x = 'a' * (6*10**7)\nfor i in range(10**6):\n    y = 'ab' in x",
    ),
    (
        "comparisons",
        "x = 'a' * (6*10**7) + 'b'\ny = 'a' * (6*10**7) + 'c'\nfor i in range(10**6):\n    z = x == y",
    ),
    (
        "upper",
        "x = 'a' * (6*10**7)\nfor i in range(10**6):\n    y = x.upper()",
    ),
    (
        "digests",
        "x = 'a' * (6*10**7)\nfor i in range(10**5):\n    y = hashlib.md5(x.encode()).hexdigest()",
    ),
    (
        "unions",
        "x = set(range(10**6))\nfor i in range(10**6):\n    y = x | x",
    ),
    (
        "copies",
        "x = dict.fromkeys(range(10**6))\nfor i in range(10**6):\n    y = dict(x)",
    ),
    (
        "operations",
        "for i in range(10**6):\n    op.execute('UPDATE t SET a = %d' % i)",
    ),
    (
        "sql_parentheses",
        "op.execute('SELECT ' + '(' * 200000 + '1' + ')' * 200000)",
    ),
    ("sql_chain", "op.execute('SELECT ' + '1 + ' * 500000 + '1')"),
    ("sql_minus", "op.execute('SELECT ' + '- ' * 200000 + '1')"),
    ("sql_subscripts", "op.execute('SELECT a' + '[1]' * 200000)"),
    ("sql_casts", "op.execute('SELECT a' + '::int' * 200000)"),
    ("sql_comment", "op.execute('/*' * 200000)"),
    (
        "sql_cases",
        "op.execute('SELECT ' + 'CASE WHEN a THEN ' * 100000)",
    ),
    (
        "sql_blocks",
        "op.execute('DO $$ BEGIN ' + 'IF true THEN ' * 50000 + ' END $$')",
    ),
    (
        "sql_queries",
        "op.execute('CREATE VIEW v AS ' + 'SELECT * FROM (' * 20000 + 'SELECT 1' + ') x' * 20000)",
    ),
    (
        "check",
        "op.create_table('t', sa.Column('a', sa.Integer), sa.CheckConstraint('(' * 50000 + 'a > 1' + ')' * 50000))",
    ),
    (
        "default",
        "op.create_table('t', sa.Column('a', sa.Integer, server_default=sa.text('1 + ' * 100000 + '1')))",
    ),
    (
        "unknown_calls",
        "def f(n):\n    if app_settings.x:\n        f(n+1)\n    else:\n        f(n+1)\nf(0)",
    ),
    (
        "unknown_loops",
        "def f(n):\n    for i in app_settings.x:\n        f(n+1)\nf(0)\nwhile app_settings.y:\n    f(1)",
    ),
];

/// The ones that need more than five seconds in a debug build before they reach their bound: `DECANT_LONG_TESTS=1` and release builds
/// run them, too.
const HEAVY: &[&str] = &[
    "operations",
    "copies",
    "substituted",
    "products",
    "unions",
    "fibonacci",
];

/// Whole scripts of one nested construct.
fn nested() -> Vec<(&'static str, String)> {
    let blocks = |word: &str| {
        let lines: String = (0..2000)
            .map(|n| format!("{}{word}\n", " ".repeat(n)))
            .collect();
        format!("{lines}{}pass\n", " ".repeat(2000))
    };
    let around = |open: &str, middle: &str, close: &str, n: usize| {
        format!("x = {}{middle}{}\n", open.repeat(n), close.repeat(n))
    };
    vec![
        ("parentheses", around("(", "", ")", 100_000)),
        ("brackets", around("[", "", "]", 100_000)),
        ("minus", around("-", "1", "", 100_000)),
        ("not", around("not ", "1", "", 100_000)),
        ("attributes_of", around("", "a", ".b", 100_000)),
        ("calls_of", around("", "a", "()", 100_000)),
        ("sums", around("", "1", " + 1", 200_000)),
        ("ands", around("", "1", " and 1", 200_000)),
        ("lambdas", around("lambda: ", "1", "", 50_000)),
        ("conditionals", around("1 if 1 else ", "1", "", 50_000)),
        ("powers", around("2 ** ", "1", "", 50_000)),
        ("f_string", around("f\"", &"{1}".repeat(100_000), "\"", 1)),
        ("ifs", blocks("if 1:")),
        ("defs", blocks("def f():")),
        (
            "elifs",
            format!("if 0:\n pass\n{}", "elif 0:\n pass\n".repeat(30_000)),
        ),
        ("number", around("", &"9".repeat(1_000_000), "", 1)),
        ("nul", "x = \"\0\"\n\0".to_owned()),
    ]
}

/// Reads a script in a folder with `ulimit -v`; the exit status, and both streams.
fn read(folder: &Path, name: &str, script: &str) -> e2e::Run {
    let versions = folder.join(name).join("versions");
    std::fs::create_dir_all(&versions).expect("a folder");
    std::fs::write(versions.join(format!("{name}.py")), script).expect("a script");
    let decant = support::decant();
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "ulimit -v $1; shift; exec \"$@\"", "sh"])
        .arg(MEMORY.to_string())
        .arg(decant.get_program())
        .arg("inspect")
        .arg("--scripts")
        .arg(&versions);
    e2e::run(&mut command)
}

/// Every bomb, on as many threads as there are processors; what ended otherwise than it should is told together.
fn each(scripts: &[(String, String)]) {
    let folder = support::tempdir();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let wrong = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((name, script)) =
                    scripts.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                {
                    let run = read(folder.path(), name, script);
                    let said = run.all();
                    if ![0, 3].contains(&run.status) || said.contains("panicked") {
                        let end: String = said.chars().rev().take(300).collect();
                        let end: String = end.chars().rev().collect();
                        let mut wrong = wrong.lock().expect("no panic holds it");
                        wrong.push(format!("{name}: exit status {}: {end}", run.status));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no panic held it");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn scripts_that_ask_for_too_much_end_with_a_diagnostic() {
    let all = !cfg!(debug_assertions) || std::env::var("DECANT_LONG_TESTS").as_deref() == Ok("1");
    let scripts: Vec<(String, String)> = BODIES
        .iter()
        .filter(|(name, _)| all || !HEAVY.contains(name))
        .map(|(name, body)| {
            let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
            (
                (*name).to_owned(),
                format!("{HEAD}\ndef upgrade():\n{body}\ndef downgrade():\n    pass\n"),
            )
        })
        .collect();
    each(&scripts);
}

#[test]
fn deeply_nested_scripts_are_read_or_refused() {
    let scripts: Vec<(String, String)> = nested()
        .into_iter()
        .map(|(name, text)| (name.to_owned(), format!("{HEAD}{text}")))
        .collect();
    each(&scripts);
}

#[test]
fn a_bound_is_a_diagnostic_at_its_line() {
    let folder = support::tempdir();
    let script = format!("{HEAD}\ndef upgrade():\n    x = 1\n    op.create_table('a' * 10**9)\n");
    let run = read(folder.path(), "bound", &script);
    run.ended(3);
    assert!(
        run.stdout.contains("error[evaluation-bound]"),
        "{}",
        run.stdout
    );
    let lines = script.lines().count();
    assert!(
        run.stdout.contains(&format!("bound.py:{lines}:")),
        "{}",
        run.stdout
    );
}

#[test]
fn files_outside_the_root_are_not_read_and_nothing_is_run() {
    let folder = support::tempdir();
    let outside = folder.path().join("outside.txt");
    std::fs::write(&outside, "a_secret_name").expect("a file");
    let touched = folder.path().join("touched");
    let versions = folder.path().join("files/versions");
    std::fs::create_dir_all(&versions).expect("a folder");
    std::os::unix::fs::symlink(&outside, versions.join("link.txt")).expect("a link");
    let (outside, touched) = (outside.display(), touched.display());
    let body = format!(
        "here = pathlib.Path(__file__).parent
op.create_table(open('{outside}').read())
op.create_table(pathlib.Path('{outside}').read_text())
op.create_table((here / '..' / '..' / 'outside.txt').read_text())
op.create_table(open(os.path.join(os.path.dirname(__file__), 'link.txt')).read())
op.create_table(open('/dev/zero').read()[:10])
for name in os.listdir('{}'):
    op.create_table(name)
os.system('touch {touched}')
subprocess.run(['touch', '{touched}'])
open('{touched}', 'w').write('x')",
        folder.path().display()
    );
    let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
    let run = read(
        folder.path(),
        "files",
        &format!("{HEAD}\ndef upgrade():\n{body}"),
    );
    assert!([0, 3].contains(&run.status), "{}", run.all());
    assert!(!run.all().contains("a_secret_name"), "{}", run.all());
    assert!(!folder.path().join("touched").exists());
}
