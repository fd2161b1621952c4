from datetime import timedelta

import pytest
