"""How rows are made: one module or small package per dataset, shared readers beside them."""
