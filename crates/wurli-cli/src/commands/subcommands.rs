//! Subcommands of a command line, one module each.

/// Declares the enum `Call`, with the `Arguments` of each module, and `Call::run`, which passes
/// them to the module's function `call`.
#[macro_export]
macro_rules! subcommands {
    ($($name:ident: $module:ident,)+) => {
        #[derive(clap::Subcommand)]
        enum Call {
            $($name($module::Arguments),)+
        }

        impl Call {
            fn run(&self) -> Result<(), $crate::commands::fail::Failure> {
                match self {
                    $(Self::$name(arguments) => $module::call(arguments),)+
                }
            }
        }
    };
}
