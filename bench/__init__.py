"""What the engine costs in time, beside something else in the same run. No part of the wheel; nothing is asserted on time."""
