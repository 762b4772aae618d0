select
    code as region_code,
    name as region_name
from {{ ref('region_codes') }}
