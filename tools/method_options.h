// The options of the attribution methods, on the command line and back.
#pragma once

#include <string>

#include "tools/explanation.h"

namespace CLI {
class App;
}

namespace backlight::tools {

void add_method_options(CLI::App& verb, ExplainOptions& options);

// What the parser cannot check by itself. Errors: a method that does not exist, or that cannot
// explain the score asked for; noise that is no
// number from 0 on.
void check_method_options(const ExplainOptions& options);

// The methods that the options ask for, as --method takes them.
std::string method_list(const ExplainOptions& options);

// A sentence for the help: all methods, and those that run by default.
std::string methods_by_default();

}  // namespace backlight::tools
