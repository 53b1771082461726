"""The conform: takes made for the clips that need one."""
