"""The checks that ship with Patchgate: one file each, loaded like anyone's."""
