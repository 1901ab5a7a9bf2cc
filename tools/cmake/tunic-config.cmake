# find_package(tunic CONFIG REQUIRED), then link tunic::tunic, tunic::tunic-tun or tunic::tunic-testing.
# What these need beyond themselves is said once, in their pkg-config files.
include(CMakeFindDependencyMacro)
find_dependency(PkgConfig)

set(_tunic_search_path "$ENV{PKG_CONFIG_PATH}")
get_filename_component(_tunic_here "${CMAKE_CURRENT_LIST_DIR}/../../pkgconfig" ABSOLUTE)
set(ENV{PKG_CONFIG_PATH} "${_tunic_here}:${_tunic_search_path}")
foreach(_tunic_package tunic tunic-tun tunic-testing)
  if(NOT TARGET tunic::${_tunic_package})
    pkg_check_modules(${_tunic_package} QUIET IMPORTED_TARGET GLOBAL ${_tunic_package})
    if(TARGET PkgConfig::${_tunic_package})
      target_compile_features(PkgConfig::${_tunic_package} INTERFACE cxx_std_23)
      add_library(tunic::${_tunic_package} ALIAS PkgConfig::${_tunic_package})
    endif()
  endif()
endforeach()
set(ENV{PKG_CONFIG_PATH} "${_tunic_search_path}")
