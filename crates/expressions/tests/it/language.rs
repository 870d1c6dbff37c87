//! The language itself: a table that stands without the conformance files.

use super::{check, scope};
use expressions::{Error, evaluate};

#[test]
fn literals_and_operators() {
    check(
        &scope(),
        r#"
        1 + 2 * 3 => 7
        7 / 2 => 3.5
        7 % 4 => 3
        -7 % 4 => -3
        2 ** 3 ** 2 => 512
        -2 ** 2 => -4
        9223372036854775807 + 1 => -9223372036854775808
        1_000 + 0xff + 0b11 + 0o17 => 1273
        .5 + 1e3 => 1000.5
        1e21 => 1e+21
        "a" + 'b' + `c` => "abc"
        "\u00e9\x41\n" => "éA\n"
        "<&>" => "\u003c\u0026\u003e"
        1 < 2 < 3 => true
        1 < 3 < 2 => false
        not (1 in [1, 2]) => false
        3 not in [1, 2] => true
        "v1.2" matches "^v[0-9]+" => true
        "abc" contains "b" and "abc" startsWith "a" and "abc" endsWith "c" => true
        vars.none contains "x" => false
        nil ?? "x" => "x"
        true ? 1 : 2 => 1
        vars.text ?: "x" => error: expected a bool
        1..4 => [1,2,3,4]
        5..1 => []
        [1, 2,] == [1.0, 2] => true
        "a" == 1 => error: string == int
        1 ?? 2 + 3 => error: cannot be mixed
        1 % 0 => error: divide by zero
        vars.n % 2 => error: float64 % int
        int(vars.n) % 2 => 1
        "a" > 1 => error: string > int
        /* a comment */ 1 => 1
        "#,
    );
}

#[test]
fn access() {
    check(
        &scope(),
        r#"
        vars.nested.a.b => 42
        vars["nested"]["a"].b => 42
        vars.missing => null
        missing => null
        vars.missing.deeper => error: cannot fetch
        vars.missing?.deeper.still => null
        vars.missing?.deeper ?? 1 => 1
        vars.list[-1] => "b"
        vars.list[2] => error: out of range
        vars.nums[1:3] => [3,8]
        vars.nums[:-1] => [5,3,8]
        "abc"[1:] => "bc"
        "abc"[0:1] + "é"[0:1] => "a\ufffd"
        vars.text[0] => 115
        get(vars.list, 9) => null
        $env.ctx.stage => "uat"
        {a: 1, "b-c": 2, (ctx.stage): 3} => {"a":1,"b-c":2,"uat":3}
        "#,
    );
}

#[test]
fn predicates() {
    check(
        &scope(),
        r##"
        filter(items, .n > 1) => [{"n":2,"name":"y"},{"n":3,"name":"z"}]
        items | filter(#.n >= 2) | map(.name) => ["y","z"]
        map(1..3, # * #index) => [0,2,6]
        reduce(1..4, #acc + #) => 10
        reduce([], #acc + #) => error: empty
        reduce([], #acc + #, 7) => 7
        sum(items, .n) => 6
        count(items, .n > 1) => 2
        any(items, .name == "x") and not all(items, .n > 1) => true
        find(items, .n > 1).name => "y"
        findLast(items, .n < 3).name => "y"
        findIndex(items, .n == 9) => null
        sortBy(items, .n, "desc") | map(.name) => ["z","y","x"]
        groupBy(1..4, # % 2)[0] => [2,4]
        map(1..2, {let y = # + 1; y * y}) => [4,9]
        map(1..2, map(1..2, # * 10)) => [[10,20],[10,20]]
        filter([1, "a"], # > 0)[0] => 1
        filter(items, .n) => error: expected a bool
        "##,
    );
}

#[test]
fn statements() {
    check(
        &scope(),
        r#"
        let x = 2; let y = 3; x * y => 6
        if vars.debug { "yes" } else { "no" } => "yes"
        if false { 1 } else if true { 2 } else { 3 } => 2
        1; 2; 3 => 3
        let len = 1; len => error: redeclare
        let x = 1; let x = 2; x => error: redeclare
        "#,
    );
}

#[test]
fn functions() {
    check(
        &scope(),
        r#"
        len("éa") => 2
        upper("ünï") + lower("ÀB") => "ÜNÏàb"
        split("a,b,,c", ",") => ["a","b","","c"]
        split("abc", "") => ["a","b","c"]
        join(["a", "b"], "-") => "a-b"
        replace("aXbX", "X", "-", 1) => "a-bX"
        trim("  x ") + trim("__x_", "_") => "xx"
        repeat("ab", 3) => "ababab"
        repeat("ab", 1000001) => error: memory budget
        string(1000000.0) + " " + string(0.00001) + " " + string([1, nil]) => "1e+06 1e-05 [1 \u003cnil\u003e]"
        string({"b": 1, "a": "x"}) => "map[a:x b:1]"
        int("42") + float("0.5") => 42.5
        int("x") => error: int()
        type(1) + type(1.0) + type("") + type([]) + type({}) + type(nil) => "intfloatstringarraymapnil"
        toJSON({"b": [1, 2.5], "a": "<"}) => "{\n  \"a\": \"\\u003c\",\n  \"b\": [\n    1,\n    2.5\n  ]\n}"
        fromJSON("[1, {\"a\": null}]") => [1,{"a":null}]
        fromJSON("[1,") => error: invalid JSON
        toBase64("hé") + fromBase64("aMOp") => "aMOphé"
        max(1, [5, 2.5]) => 5
        min([3, [1, 2]]) => 1
        mean([1, 2, 6]) => 3
        median([5, 1, 3, 4]) => 3.5
        sort([3, 1, 2], "desc") => [3,2,1]
        uniq([1, 1.0, "a", "a"]) => [1,"a"]
        concat([1], [2, 3]) => [1,2,3]
        flatten([1, [2, [3]]]) => [1,2,3]
        reverse(1..3) => [3,2,1]
        keys({"b": 1, "a": 2}) => ["a","b"]
        toPairs({"a": 1}) => [["a",1]]
        fromPairs([["a", 1]]).a => 1
        fromPairs([["a", 1]]) => error: JSON cannot hold
        first([]) ?? last([1, 2]) => 2
        take(1..9, 2) => [1,2]
        bitand(12, 10) + bitor(12, 10) + bitxor(12, 10) => 28
        bitshl(1, 3) + bitushr(-1, 63) => 9
        bitand(vars.n, 1) => error: use int()
        abs(-3) + ceil(1.2) + floor(1.8) + round(2.5) => 9
        undefined(1) => error: no function
        upper(1) => error: must be a string
        "#,
    );
}

#[test]
fn faults_show_their_place() {
    let error = evaluate("1 +\n  vars.n % 2", &scope()).expect_err("an error");
    assert_eq!(
        error.to_string(),
        "evaluate: invalid operation: float64 % int (2:10)\n |   vars.n % 2\n |          ^"
    );
    let Error::Syntax(fault) = evaluate("[1, 2", &scope()).expect_err("an error") else {
        panic!("a syntax error")
    };
    assert_eq!((fault.line, fault.column), (1, 5));
}

#[test]
fn floats_end_on_the_even_digit_where_two_are_equally_near() {
    check(
        &scope(),
        r#"
        1695229898498397.25 => 1695229898498397.2
        1695229898498397.75 => 1695229898498397.8
        string(1695229898498397.25) => "1.6952298984983972e+15"
        -2251799813685249.5 => -2251799813685249.5
        float("18446744073709551616") => 18446744073709552000
        [0.000001, 1e-7, 100000000000000000000.0, 5e-324] => [0.000001,1e-7,100000000000000000000,5e-324]
        [0.25, 12.5, 100.0, -0.0] => [0.25,12.5,100,-0]
        "#,
    );
}

#[test]
fn characters_are_trimmed_whole() {
    check(
        &scope(),
        r#"
        trim("\u2003x\u00a0\u2028") => "x"
        trim("éxéé", "é") => "x"
        trim("日本 日本", "本日") => " "
        "x\u3000" | trim() | len() => 1
        "#,
    );
}

#[test]
fn extremes_look_into_arrays_of_any_type() {
    check(
        &scope(),
        r#"
        max([1, 7], [3.5]) => 7
        max(toPairs({"a": 1})) => error: does not take a string
        max(map([[4, [9]], [2, [6]]], #)) => 9
        min(1..3, [nil]) => error: does not take a nil
        min([], 1..3) => 1
        max(split("a,b", ",")) => error: does not take a string
        "#,
    );
}

#[test]
fn patterns_as_go_reads_them() {
    check(
        &scope(),
        r#"
        "é" matches "^\\p{^Lu}$" => true
        "É" matches "^\\P{^Lu}$" => true
        "É" matches "\\pL" => true
        "ab" matches "^\\pL{2}$" => true
        "AB" matches "(?ii)ab" => true
        "x" matches "\\p{IsGreek}" => error: invalid character class range
        "x" matches "\\p" => error: invalid
        "#,
    );
}
