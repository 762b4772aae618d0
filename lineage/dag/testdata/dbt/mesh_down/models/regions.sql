-- Has the name of a model of mesh_up, which it reads.
select
    region_code
from {{ ref('mesh_up', 'regions') }}
