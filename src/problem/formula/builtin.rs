//! The names that formulas know by themselves.

/// A scalar constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Constant {
    Pi,
    ImaginaryUnit,
}

/// An operator without arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Identity,
    X,
    Y,
    Z,
}

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Sqrt,
    Exp,
    Cos,
    Sin,
    Delta,
    Mod,
    Pauli,
    Ket,
    Proj,
    Hw,
    Kron,
    Dagger,
    Transpose,
    Conj,
    Eigproj,
    Depolarise,
    Dephase,
    Damp,
}

/// The meaning of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Builtin {
    Constant(Constant),
    Operator(Operator),
    Function(Function),
}

/// Name, how to write it, and meaning.
const TABLE: [(&str, &str, Builtin); 24] = [
    ("pi", "pi", Builtin::Constant(Constant::Pi)),
    ("i", "i", Builtin::Constant(Constant::ImaginaryUnit)),
    ("I", "I", Builtin::Operator(Operator::Identity)),
    ("X", "X", Builtin::Operator(Operator::X)),
    ("Y", "Y", Builtin::Operator(Operator::Y)),
    ("Z", "Z", Builtin::Operator(Operator::Z)),
    ("sqrt", "sqrt(x)", Builtin::Function(Function::Sqrt)),
    ("exp", "exp(x)", Builtin::Function(Function::Exp)),
    ("cos", "cos(x)", Builtin::Function(Function::Cos)),
    ("sin", "sin(x)", Builtin::Function(Function::Sin)),
    ("delta", "delta(m,n)", Builtin::Function(Function::Delta)),
    ("mod", "mod(m,n)", Builtin::Function(Function::Mod)),
    ("pauli", "pauli(k)", Builtin::Function(Function::Pauli)),
    ("ket", "ket(k)", Builtin::Function(Function::Ket)),
    ("proj", "proj(k)", Builtin::Function(Function::Proj)),
    ("hw", "hw(p,q)", Builtin::Function(Function::Hw)),
    ("kron", "kron(A,B)", Builtin::Function(Function::Kron)),
    ("dagger", "dagger(A)", Builtin::Function(Function::Dagger)),
    ("transpose", "transpose(A)", Builtin::Function(Function::Transpose)),
    ("conj", "conj(A)", Builtin::Function(Function::Conj)),
    ("eigproj", "eigproj(A,k)", Builtin::Function(Function::Eigproj)),
    ("depolarise", "depolarise(A,p)", Builtin::Function(Function::Depolarise)),
    ("dephase", "dephase(A,p)", Builtin::Function(Function::Dephase)),
    ("damp", "damp(A,g)", Builtin::Function(Function::Damp)),
];

pub(super) fn lookup(name: &str) -> Option<Builtin> {
    TABLE.iter().find(|(known, _, _)| *known == name).map(|(_, _, meaning)| *meaning)
}

pub(super) fn function_names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter(|(_, _, meaning)| matches!(meaning, Builtin::Function(_))).map(|(name, _, _)| *name)
}

pub(super) fn value_names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter(|(_, _, meaning)| !matches!(meaning, Builtin::Function(_))).map(|(name, _, _)| *name)
}

impl Function {
    fn entry(self) -> (&'static str, &'static str) {
        let entry = TABLE.iter().find(|(_, _, meaning)| *meaning == Builtin::Function(self));
        entry.map_or(("", ""), |(name, usage, _)| (*name, *usage))
    }

    pub(super) fn name(self) -> &'static str {
        self.entry().0
    }

    /// How a call is written, with its arguments.
    pub(super) fn usage(self) -> &'static str {
        self.entry().1
    }

    /// How many arguments it takes; `kron` takes this many or more.
    pub(super) fn arity(self) -> usize {
        match self {
            Function::Delta
            | Function::Mod
            | Function::Hw
            | Function::Kron
            | Function::Eigproj
            | Function::Depolarise
            | Function::Dephase
            | Function::Damp => 2,
            Function::Sqrt
            | Function::Exp
            | Function::Cos
            | Function::Sin
            | Function::Pauli
            | Function::Ket
            | Function::Proj
            | Function::Dagger
            | Function::Transpose
            | Function::Conj => 1,
        }
    }

    pub(super) fn accepts(self, arguments: usize) -> bool {
        arguments == self.arity() || (self == Function::Kron && arguments > self.arity())
    }
}
