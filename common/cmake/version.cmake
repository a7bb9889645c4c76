# The one place of the version.
set(CC_VERSION 0.1.0)
