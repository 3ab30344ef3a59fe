//! What needs no declaration: functions, questions, types, changes of a collection.
//!
//! Enters: nothing (tables). Leaves: an enum for each.

use crate::concepts::table;

table! {
    /// Functions of values.
    pub enum Builtin {
        Len "len" "len(list | set | bag): number of elements",
        IsPrefix "is_prefix" "is_prefix(a, b): list a is a prefix of b",
        CommonPrefix "common_prefix" "common_prefix(a, b): the longest common prefix of two lists",
        Comparable "comparable" "comparable(a, b): one list is a prefix of the other",
        First "first" "first(list): its first element",
        Last "last" "last(list): its last element",
        Indices "indices" "indices(list): the set 0..len-1",
        Min "min" "min(a, b): the smaller of two integers",
        Max "max" "max(a, b): the greater of two integers",
        Abs "abs" "abs(n)",
        Elements "elements" "elements(list | bag): the set of its elements",
        Reachable "reachable" "reachable(a, b): no partition lies between two nodes",
        Majority "majority" "majority(set of nodes): more than half of all nodes of the kind",
        Index "index" "index(node | variant): its position among all of its type, from 0",
    }
}

impl Builtin {
    /// How many arguments it takes.
    pub fn arity(self) -> usize {
        match self {
            Self::IsPrefix
            | Self::CommonPrefix
            | Self::Comparable
            | Self::Min
            | Self::Max
            | Self::Reachable => 2,
            Self::Len
            | Self::First
            | Self::Last
            | Self::Indices
            | Self::Abs
            | Self::Elements
            | Self::Majority
            | Self::Index => 1,
        }
    }
}

table! {
    /// What a cell begins with that is not read by the grammar.
    pub enum CellWord {
        Conform "conform" "conform NAME of SYSTEM with FUNCTION, conform system SYSTEM with TYPE: a definition, a step or a system beside code in Rust cells.",
    }
}

table! {
    /// What is asked of the state or of the step, and not of values.
    pub enum Question {
        Old "old" "old(e): its value before the step.",
        Quiescent "quiescent" "quiescent: nothing but faults can change this state.",
        InFlight "in_flight" "in_flight(MESSAGE from a to b where P): how many are on their way; P sees their fields",
    }
}

impl Question {
    /// What it is called beside a choice.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Old | Self::Quiescent => "keyword",
            Self::InFlight => "function",
        }
    }
}

table! {
    /// Types, or what makes types of types.
    pub enum TypeWord {
        Bool "bool" "true or false",
        Set "set" "set<T>: any subset of T.",
        List "list" "list<T, max>: at most max elements, in order.",
        Map "map" "map<K -> V>: a value for every key.",
        Bag "bag" "bag<T, max>: at most max elements, with repetition, without order.",
    }
}

table! {
    /// Changes of a set, list or bag where it is stored.
    pub enum Method {
        Push "push" "list.push(e): appends at the end.",
        Pop "pop" "list.pop(): removes the first element.",
        Add "add" "set.add(e), bag.add(e)",
        Remove "remove" "set.remove(e), bag.remove(e): removes it if it is there.",
        Clear "clear" "clear(): makes it empty.",
    }
}
