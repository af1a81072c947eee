# The simulator: the engine, and kernel files (.cu) compiled for it by the host compiler. Sets
# BACKLIGHT_SIM, which is OFF where something it needs is missing.

option(BACKLIGHT_SIM_DEBUG "Compile the simulator's kernels for stepping with gdb" OFF)
set(BACKLIGHT_SIM ON)
find_library(BOOST_CONTEXT_LIBRARY boost_context)
find_path(BOOST_CONTEXT_INCLUDE boost/context/detail/fcontext.hpp)
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  message(STATUS "The simulator (--device sim) is left out: it needs g++, not ${CMAKE_CXX_COMPILER_ID}")
  set(BACKLIGHT_SIM OFF)
elseif(NOT BOOST_CONTEXT_LIBRARY OR NOT BOOST_CONTEXT_INCLUDE)
  message(STATUS "The simulator (--device sim) is left out: Boost.Context (libboost-context-dev) was not found")
  set(BACKLIGHT_SIM OFF)
elseif(BACKLIGHT_SANITIZE MATCHES "thread")
  message(STATUS "The simulator (--device sim) is left out: its hooks are ThreadSanitizer's")
  set(BACKLIGHT_SIM OFF)
endif()

if(BACKLIGHT_SIM)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/sim/*.cpp)
  # Under -fsanitize=undefined the handlers of signed overflow are libubsan's, which prints and
  # goes on; elsewhere they are ours, and end the launch with a report.
  if(BACKLIGHT_SANITIZE MATCHES "undefined")
    list(FILTER sources EXCLUDE REGEX "/overflow_hooks\\.cpp$")
  endif()
  add_library(backlight_sim_engine STATIC ${sources})
  target_link_libraries(backlight_sim_engine PUBLIC backlight_options ${BOOST_CONTEXT_LIBRARY}
    ${CMAKE_DL_LIBS})
  target_include_directories(backlight_sim_engine SYSTEM PUBLIC ${BOOST_CONTEXT_INCLUDE})
  set_source_files_properties(kernels/sim/symbols.cpp PROPERTIES
    COMPILE_DEFINITIONS "BACKLIGHT_SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\"")
endif()

# The compile options of kernel files. -fsanitize=thread makes the compiler call a hook before each
# load and store; the hooks are the simulator's (kernels/sim/hooks.cpp), so nothing is linked with
# it. Loads, stores and calls stay where they are written: nothing joins them to vectors, and nothing
# merges the same code of two lines, since an address in the code is how a report finds its line.
set(BACKLIGHT_SIM_OPTIONS $<IF:$<BOOL:${BACKLIGHT_SIM_DEBUG}>,-Og,-O2> -g -Wall -Wextra -Wpedantic -Wno-unknown-pragmas -Wno-restrict
  -Wno-psabi
  -fsanitize=thread --param tsan-instrument-func-entry-exit=0
  -fsanitize=signed-integer-overflow,shift,integer-divide-by-zero,bounds
  -fno-tree-vectorize -fno-tree-slp-vectorize -ffp-contract=off
  -fno-optimize-sibling-calls -fno-tree-tail-merge -fno-crossjumping -fno-code-hoisting
  -fno-omit-frame-pointer
  $<$<BOOL:${BACKLIGHT_WERROR}>:-Werror>)

# backlight_sim_library(TARGET SOURCE...): a static library of kernel files for the simulator. A
# language is a property of files per directory, so call it where no other target compiles the same
# files as CUDA.
function(backlight_sim_library target)
  set_source_files_properties(${ARGN} PROPERTIES LANGUAGE CXX)
  add_library(${target} STATIC ${ARGN})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${target} PRIVATE -x c++ ${BACKLIGHT_SIM_OPTIONS})
  target_link_libraries(${target} INTERFACE backlight_sim_engine)
endfunction()
