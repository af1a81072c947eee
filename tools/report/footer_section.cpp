#include <algorithm>
#include <utility>

#include "tools/report/sections.h"

namespace backlight::tools {
namespace {

struct MethodTime {
  std::string method, title;
  std::size_t maps = 0;
  double seconds = 0;
};

std::vector<MethodTime> method_times(const Run& run) {
  std::vector<MethodTime> times;
  for (const ExplainedPhoto& photo : run.photos)
    for (const MapResult& map : photo.maps) {
      auto of = std::find_if(times.begin(), times.end(),
                             [&](const MethodTime& each) { return each.method == map.method; });
      if (of == times.end()) of = times.insert(of, {map.method, map.title});
      ++of->maps;
      of->seconds += map.seconds;
    }
  return times;
}

Markup time_row(const std::string& name, const std::string& each, double seconds) {
  return html("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n", name, each,
              seconds_label(seconds));
}

Markup timings(const Run& run) {
  Markup rows = time_row("Loading the model", "", run.load_seconds);
  for (const MethodTime& time : method_times(run))
    rows += time_row(time.title, seconds_label(time.seconds / static_cast<double>(time.maps)),
                     time.seconds);
  rows += time_row("The whole run", "", run.total_seconds);
  return html(
      R"(<table class="timings">
<thead><tr><th scope="col">Step</th><th scope="col">A map</th><th scope="col">All</th></tr></thead>
<tbody>
{}</tbody>
</table>
)",
      rows);
}

Markup facts(const Run& run) {
  Markup rows;
  for (const auto& [name, value] :
       {std::pair<const char*, std::string>{"Seed", std::to_string(run.seed)},
        {"Batch", std::to_string(run.batch)},
        {"Threads", std::to_string(run.threads)},
        {"Peak memory", bytes_label(run.peak_bytes)}})
    rows += html("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
  return rows;
}

}  // namespace

Markup footer_section(const Run& run) {
  return html(
      R"(<footer>
<h2>Run it again</h2>
<pre tabindex="0"><code>{}</code></pre>
<div class="columns">
{}<div>
<dl class="facts">
{}</dl>
<p>All numbers are in <a href="./result.json">result.json</a>, the maps themselves in the .npy files
beside this page.</p>
</div>
</div>
</footer>
)",
      shell_line(run.command), timings(run), facts(run));
}

}  // namespace backlight::tools
