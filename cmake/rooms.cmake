# A room is a folder with its sources and a static library, backlight_<room>. It may include only
# the rooms it links, and those link the ones beneath them.

find_package(OpenMP REQUIRED COMPONENTS CXX)
if(BACKLIGHT_PROGRAM)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
  find_package(ZLIB REQUIRED)
  find_package(nlohmann_json REQUIRED)
  find_package(CLI11 REQUIRED)
  find_path(STB_INCLUDE stb/stb_image.h REQUIRED)
endif()
if(BACKLIGHT_ONEDNN)
  # Debian's CMake configuration of oneDNN asks for OpenCL's headers, which are not needed here.
  find_path(ONEDNN_INCLUDE dnnl.hpp)
  find_library(ONEDNN_LIBRARY dnnl)
  if(NOT ONEDNN_INCLUDE OR NOT ONEDNN_LIBRARY)
    message(WARNING "oneDNN (libdnnl-dev) was not found: convolutions will run in plain loops, "
                    "some fifty times slower")
  endif()
endif()

add_library(backlight_options INTERFACE)
target_include_directories(backlight_options INTERFACE ${CMAKE_SOURCE_DIR})
# GCC 12 warns of overlapping copies where std::string is joined to a literal; there are none.
set(host_options -Wall -Wextra -Wpedantic $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<BOOL:${BACKLIGHT_WERROR}>:-Werror> $<$<BOOL:${BACKLIGHT_NATIVE}>:-march=native>)
if(BACKLIGHT_SANITIZE)
  # Asking of every pointer whether it is null or misaligned takes a quarter of the time to compile.
  # AddressSanitizer sees accesses to null; the fuzzed readers, which alone see addresses that others
  # chose, are checked for both (tests/fuzz).
  list(APPEND host_options -fsanitize=${BACKLIGHT_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all -fno-sanitize=null,alignment)
  target_link_options(backlight_options INTERFACE -fsanitize=${BACKLIGHT_SANITIZE})
endif()
# nvcc is told apart, in gpu.cmake.
target_compile_options(backlight_options INTERFACE "$<$<COMPILE_LANGUAGE:C,CXX>:${host_options}>")
target_link_libraries(backlight_options INTERFACE OpenMP::OpenMP_CXX)

# backlight_room(NAME [ROOM BENEATH...])
function(backlight_room name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/tools/main\\.cpp$")
  # The GPUs' back ends are built apart: see gpu.cmake.
  list(FILTER sources EXCLUDE REGEX "/kernels/(cuda|sim|vendor|lab)/")
  if(NOT BACKLIGHT_PROGRAM)
    list(FILTER sources EXCLUDE REGEX "/models/(image|demo|weights/[^s]|weights/safetensors)")
  endif()
  add_library(backlight_${name} STATIC ${sources})
  target_link_libraries(backlight_${name} PUBLIC backlight_options)
  foreach(beneath ${ARGN})
    target_link_libraries(backlight_${name} PUBLIC backlight_${beneath})
  endforeach()
  if(name STREQUAL kernels AND BACKLIGHT_ONEDNN AND ONEDNN_INCLUDE AND ONEDNN_LIBRARY)
    target_include_directories(backlight_kernels SYSTEM PRIVATE ${ONEDNN_INCLUDE})
    target_link_libraries(backlight_kernels PRIVATE ${ONEDNN_LIBRARY})
    target_compile_definitions(backlight_kernels PRIVATE BACKLIGHT_HAS_ONEDNN)
  elseif(name STREQUAL models AND BACKLIGHT_PROGRAM)
    # Pictures and scenes are the same bytes on every machine, so no fused multiply-add here.
    target_compile_options(backlight_models PRIVATE -ffp-contract=off)
    target_link_libraries(backlight_models PRIVATE PkgConfig::LIBZIP ZLIB::ZLIB nlohmann_json::nlohmann_json)
    target_include_directories(backlight_models SYSTEM PRIVATE ${STB_INCLUDE})
    # The demo model is put into the program.
    set(demo_weights ${CMAKE_SOURCE_DIR}/models/demo/food_cnn.safetensors)
    set_source_files_properties(models/demo/pretrained.cpp PROPERTIES OBJECT_DEPENDS ${demo_weights}
      COMPILE_DEFINITIONS "BACKLIGHT_DEMO_WEIGHTS=\"${demo_weights}\"")
  elseif(name STREQUAL xai)
    # So are segments.
    file(GLOB segmentation CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/xai/segmentation/*.cpp)
    set_source_files_properties(${segmentation} PROPERTIES COMPILE_OPTIONS -ffp-contract=off)
  elseif(name STREQUAL tools)
    target_link_libraries(backlight_tools PUBLIC nlohmann_json::nlohmann_json CLI11::CLI11)
    target_include_directories(backlight_tools SYSTEM PRIVATE ${STB_INCLUDE})
    # The font of the figures is put into the program, which needs no font to run.
    find_file(DEJAVU_SANS DejaVuSans.ttf REQUIRED PATHS /usr/share/fonts /usr/local/share/fonts
      PATH_SUFFIXES truetype/dejavu dejavu TTF)
    set_source_files_properties(tools/figure/font.cpp PROPERTIES OBJECT_DEPENDS ${DEJAVU_SANS}
      COMPILE_DEFINITIONS "BACKLIGHT_FONT=\"${DEJAVU_SANS}\"")
    # So are the style and the script of the report.
    set(report ${CMAKE_SOURCE_DIR}/tools/report)
    set_source_files_properties(tools/report/assets.cpp PROPERTIES
      OBJECT_DEPENDS "${report}/page.css;${report}/page.js"
      COMPILE_DEFINITIONS "BACKLIGHT_REPORT=\"${report}\"")
    # And the style of the profile's page, which also shows the kernels' sources.
    set(profile ${CMAKE_SOURCE_DIR}/tools/profile)
    set_source_files_properties(tools/profile/page.cpp PROPERTIES
      OBJECT_DEPENDS "${profile}/page.css"
      COMPILE_DEFINITIONS "BACKLIGHT_PROFILE_PAGE=\"${profile}\"")
    set_source_files_properties(tools/profile/listing.cpp PROPERTIES
      COMPILE_DEFINITIONS "BACKLIGHT_SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\"")
  endif()
endfunction()
