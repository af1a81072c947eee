// The verbs of the program. Each is one source file that adds a subcommand to the application;
// its callback does the work and throws Error when it cannot.
#pragma once

#include <CLI/CLI.hpp>

namespace backlight::tools {

void add_predict(CLI::App& app);
void add_explain(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_filters(CLI::App& app);
void add_homework(CLI::App& app);
void add_inspect(CLI::App& app);
void add_convert(CLI::App& app);
void add_train(CLI::App& app);
void add_demo(CLI::App& app);
void add_profile(CLI::App& app);

}  // namespace backlight::tools
