"""Methods that learn dynamics, side by side: tasks, tuning, runs, tables, and methods of others."""
