"""From a plan to a version: steps, executors, assembly, gate, one atomic appearance.

The package is also the public function `hueset.build`; see `hueset.python_api.build`.
"""

from hueset.lazy_exports import let_package_be_called

let_package_be_called(__name__, "hueset.python_api.build", "build")
