// "Did you mean": the nearest of the names there are.
#pragma once

#include <string>
#include <vector>

namespace backlight::tools {

// ", did you mean 'smoothgrad'?" for the name nearest to `given` by edit distance (letters added,
// dropped, changed or exchanged; case does not count), or "" if none is near.
std::string did_you_mean(const std::string& given, const std::vector<std::string>& names);

// The names in quotes, separated by commas.
std::string listed(const std::vector<std::string>& names);

}  // namespace backlight::tools
